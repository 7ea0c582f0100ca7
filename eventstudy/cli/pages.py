"""Help as a page: what a command does, its options in groups, examples; whole at 80 columns."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

from typer.core import TyperCommand, TyperGroup

from eventstudy.cli.terminal import Styled, styled

# the groups of options, in the order of the page
PRICES = "Prices"
WHICH = "Which events and shares"
HOW = "How it is estimated"
LAWS = "With --simulate"
CELLS = "The cells of the row"
WRITTEN = "What is written"
SAID = "Other options"
_ORDER = (PRICES, WHICH, CELLS, HOW, LAWS, WRITTEN)
_NARROWEST, _WIDEST = 60, 100
_LONGEST_NAME = 24


class Command(TyperCommand):
    """A command whose help is a page of this module."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(_page(self, ctx))


class Group(TyperGroup):
    """A group of commands whose help is a page of this module."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(_page(self, ctx))


def _page(command: Any, context: Any) -> str:
    """The whole help text of a command or group."""
    width = max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))
    usage = " ".join([context.command_path, *_usage(command, context)])
    blocks = [f"{_heading('Usage:')} {usage}", _description(command, width)]
    parameters = command.get_params(context)
    arguments = [(_argument_name(each), each.help or "") for each in parameters if each.param_type_name == "argument"]
    blocks.append(_section("Arguments:", arguments, width))
    grouped = _options(parameters, context)
    blocks += [_section(f"{name}:", records, width) for name, records in grouped.items()]
    blocks.append(_section("Commands:", list(_commands(command, context)), width))
    if command.epilog:
        examples = "\n".join(f"  {line}".rstrip() for line in command.epilog.strip().splitlines())
        blocks.append(f"{_heading('Examples:')}\n{examples}")
    return "\n\n".join(filter(None, blocks)) + "\n"


def _heading(text: str) -> Styled:
    return styled(text, "bold", sys.stdout)


def _usage(command: Any, context: Any) -> Iterator[str]:
    """The words behind the command's name in the usage line."""
    yield "[OPTIONS]"
    for each in command.get_params(context):
        if each.param_type_name == "argument":
            name = each.metavar or each.name.upper()
            yield (name if each.required else f"[{name}]") + ("..." if each.nargs != 1 else "")
    if isinstance(command, TyperGroup):
        yield "COMMAND [ARGS]..."


def _description(command: Any, width: int) -> str:
    paragraphs = (command.help or "").strip().split("\n\n")
    return "\n\n".join(_wrapped(" ".join(text.split()), width, "  ") for text in paragraphs)


def _wrapped(text: str, width: int, indent: str) -> str:
    return textwrap.fill(
        text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )


def _argument_name(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper()) + ("..." if parameter.nargs != 1 else "")


def _options(parameters: list[Any], context: Any) -> dict[str, list[tuple[str, str]]]:
    """Names and explanations of the options, by their groups; those without a group come last."""
    groups: dict[str, list[tuple[str, str]]] = {name: [] for name in _ORDER}
    rest = []
    for each in parameters:
        if each.param_type_name == "option" and not each.hidden:
            record = (_option_name(each), _explained(each, context))
            groups.setdefault(each.rich_help_panel, []).append(record) if each.rich_help_panel else rest.append(record)
    found = {name: records for name, records in groups.items() if records}
    return {**found, (SAID if found else "Options"): rest} if rest else found


def _option_name(option: Any) -> str:
    names = ", ".join(sorted([*option.opts, *option.secondary_opts], key=len))
    return names if option.is_flag else f"{names} {option.metavar or str(option.name).upper()}"


def _explained(option: Any, context: Any) -> str:
    """What an option is for, with its default where one stands for it."""
    default = option.get_default(context, call=False)
    shown = option.show_default and default not in (None, "", [], ()) and not option.is_flag
    return f"{option.help or ''} [default: {default}]".strip() if shown else option.help or ""


def _commands(command: Any, context: Any) -> Iterator[tuple[str, str]]:
    """Names and first sentences of a group's commands."""
    if isinstance(command, TyperGroup):
        for name in command.list_commands(context):
            each = command.get_command(context, name)
            if each is not None and not each.hidden:
                yield name, " ".join((each.help or "").strip().split("\n\n")[0].split())


def _section(title: str, records: list[tuple[str, str]], width: int) -> str:
    """A heading, then names on the left and explanations on the right; a long name has a line of its own."""
    if not records:
        return ""
    column = max((len(name) for name, _ in records if len(name) <= _LONGEST_NAME), default=_LONGEST_NAME) + 4
    lines: list[str] = [_heading(title)]
    for name, text in records:
        wrapped = textwrap.wrap(text, width - column, break_on_hyphens=False, break_long_words=False) or [""]
        if len(name) > column - 4:
            lines.append(f"  {name}")
        else:
            lines.append(f"  {name:<{column - 2}}{wrapped.pop(0)}".rstrip())
        lines += [" " * column + line for line in wrapped if line]
    return "\n".join(lines)
