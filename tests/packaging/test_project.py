"""The files beside the code say what the code says."""

from __future__ import annotations

import re
import tomllib

import pytest

from eventstudy.catalogue import CONFIDENCES, DIRECTIONS, EVENT_COLUMNS


@pytest.fixture(scope="module")
def project(repository):
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_citation_is_of_this_version(repository, project):
    text = (repository / "CITATION.cff").read_text(encoding="utf-8")
    keys = dict(re.findall(r"^([a-z-]+): *(.*)$", text, re.MULTILINE))
    assert keys["cff-version"] == "1.2.0"
    assert keys["version"] == project["version"]
    assert keys["license"] == project["license"]
    assert f"  - name: {project['authors'][0]['name']}\n" in text
    assert {"message", "title", "type", "authors"} <= keys.keys()


def test_the_form_for_a_new_event_asks_for_the_columns(repository):
    text = (repository / ".github" / "ISSUE_TEMPLATE" / "new_event.yml").read_text(encoding="utf-8")
    # the id follows from day and title
    assert set(re.findall(r"^    id: (.+)$", text, re.MULTILINE)) == set(EVENT_COLUMNS) - {"event_id"}
    assert re.findall(r"options: \[(.+)\]", text) == [", ".join(DIRECTIONS), ", ".join(CONFIDENCES)]


@pytest.mark.parametrize("name", ["bug", "question", "new_event", "config"])
def test_issue_forms_are_forms(repository, name):
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    form = yaml.safe_load((repository / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml").read_text(encoding="utf-8"))
    if name == "config":
        assert form == {"blank_issues_enabled": True}
        return
    assert {"name", "description", "body"} <= form.keys()
    assert len({each["id"] for each in form["body"]}) == len(form["body"])
    for each in form["body"]:
        assert each["type"] in ("input", "textarea", "dropdown")
        assert each["attributes"]["label"]
    assert any(each.get("validations", {}).get("required") for each in form["body"])


def test_every_python_that_is_named_is_allowed(project):
    named = [name.rpartition(" ")[2] for name in project["classifiers"] if re.search(r":: 3\.\d+$", name)]
    # those that .ci/wheels was seen to work under; a later one may be tried, and is not promised
    assert named == ["3.11", "3.12", "3.13"]
    assert project["requires-python"] == f">={named[0]}"


def test_links_of_the_project_files_lead_somewhere(repository):
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"):
        text = (repository / name).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            assert link.startswith("https://") or (repository / link).exists(), (name, link)
