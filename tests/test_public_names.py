"""Every public name says what it is, with an example that runs."""

from __future__ import annotations

import doctest
import functools
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import eventstudy as es
from eventstudy import inference, laboratory, models
from eventstudy.specification import KNOWN_TESTS

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"
# what mkdocstrings is asked for: an object, or a module with the members that are chosen
DIRECTIVE = re.compile(r"^::: (\S+)(?:\n    options: \{members: \[([^\]]+)\]\})?", re.MULTILINE)


def _named(path: str) -> Any:
    """The module or object of a dotted path, as the reference names it."""
    place, _, name = path.rpartition(".")
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        return getattr(importlib.import_module(place), name)


def _documented() -> dict[str, Any]:
    """Every function and class of the reference, by its dotted path."""
    found = {}
    for page in sorted(REFERENCE.glob("*.md")):
        for path, members in DIRECTIVE.findall(page.read_text(encoding="utf-8")):
            place = _named(path)
            if not inspect.ismodule(place):
                found[path] = place
                continue
            own = [name for name, each in vars(place).items() if getattr(each, "__module__", "") == path]
            chosen = members.split(", ") if members else [name for name in own if not name.startswith("_")]
            found |= {f"{path}.{name}": getattr(place, name) for name in chosen if callable(getattr(place, name))}
    return found


DOCUMENTED = _documented()


def _classes() -> list[type]:
    named = [getattr(es, name) for name in es.__all__]
    named += [getattr(laboratory, name) for name in laboratory.__all__]
    named += list(DOCUMENTED.values())
    return [each for each in dict.fromkeys(named) if inspect.isclass(each)]


def _function(member: Any) -> Any:
    """The function behind a member of a class; None for a plain value."""
    if isinstance(member, property):
        return member.fget
    if isinstance(member, functools.cached_property):
        return member.func
    if isinstance(member, classmethod | staticmethod):
        return member.__func__
    return member if inspect.isfunction(member) else None


def _members(kind: type) -> Iterator[tuple[str, Any]]:
    for name, member in vars(kind).items():
        function = None if name.startswith("_") else _function(member)
        if function is not None:
            yield name, function


def _examples(documented: Any) -> list[doctest.Example]:
    return doctest.DocTestParser().get_examples(documented.__doc__ or "")


def _used_call(documented: Any, name: str) -> bool:
    return any(f"{name}(" in example.source for example in _examples(documented))


def _used(documented: Any, name: str) -> bool:
    # the example of a protocol is a class that has all it asks for
    before = r"\b" if getattr(documented, "_is_protocol", False) else r"\."
    return any(re.search(rf"{before}{name}\b", example.source) for example in _examples(documented))


@pytest.mark.parametrize("name", es.__all__)
def test_every_public_name_has_an_example(name: str) -> None:
    documented = getattr(es, name)
    assert (documented.__doc__ or "").strip(), f"es.{name} has no docstring"
    assert _examples(documented), f"es.{name} has no example"


@pytest.mark.parametrize("path", DOCUMENTED)
def test_every_name_of_the_reference_has_an_example(path: str) -> None:
    assert _examples(DOCUMENTED[path]), f"{path} has no example"


def test_every_public_name_is_in_the_reference() -> None:
    packages = (es, laboratory, models)
    public = {name: getattr(package, name) for package in packages for name in package.__all__}
    missing = [name for name, each in public.items() if callable(each) and each not in DOCUMENTED.values()]
    assert not missing


@pytest.mark.parametrize("name", laboratory.__all__)
def test_every_name_of_the_laboratory_has_an_example(name: str) -> None:
    assert _examples(getattr(laboratory, name)), f"eventstudy.laboratory.{name} has no example"


@pytest.mark.parametrize("name", KNOWN_TESTS)
def test_every_test_statistic_has_an_example(name: str) -> None:
    places = [
        importlib.import_module(each.name) for each in pkgutil.iter_modules(inference.__path__, "eventstudy.inference.")
    ]
    found = [
        vars(place)[name] for place in places if getattr(vars(place).get(name), "__module__", "") == place.__name__
    ]
    assert len(found) == 1
    assert _used_call(found[0], name), f"{name} has no example"


@pytest.mark.parametrize("kind", _classes(), ids=lambda kind: kind.__name__)
def test_every_public_member_has_an_example(kind: type) -> None:
    """One of its own, or one of its class that uses it."""
    missing = [
        name
        for name, function in _members(kind)
        if not (function.__doc__ or "").strip() or not (_used(kind, name) or _examples(function))
    ]
    assert not missing, f"{kind.__name__}: {', '.join(missing)}"
    assert _examples(kind), f"{kind.__name__} has no example"


def _uncollected() -> list[Any]:
    """Documented members that ``--doctest-modules`` passes over, which runs all the others."""
    return [
        pytest.param(kind, name, id=f"{kind.__name__}.{name}")
        for kind in _classes()
        for name, member in vars(kind).items()
        if isinstance(member, functools.cached_property) and not name.startswith("_")
    ]


@pytest.mark.parametrize(("kind", "name"), _uncollected())
def test_examples_of_kept_values_run(kind: type, name: str) -> None:
    function = vars(kind)[name].func
    names = dict(vars(sys.modules[kind.__module__]))
    source = doctest.DocTestParser().get_doctest(function.__doc__, names, f"{kind.__name__}.{name}", None, None)
    told: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(source, out=told.append)
    assert result.failed == 0, "".join(told)
