"""What the reference says is taken from the program: its commands and its rules."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import click
from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from tierdeps_tables import paragraph, table, write_pages

from tierdeps.cli import main
from tierdeps.manager import Manager
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sphinx.application import Sphinx

    from tierdeps.rules import Rule

#: Of a longer sentence, the list of codes has what stands before its colon.
LONG = 160
#: What the arguments of commands are, by the names that the usage has.
ARGUMENTS = {
    "[GRAPH]...": (
        "A graph file, a folder that an importer recognises, or ``-`` for standard input; several are merged into one "
        "graph. Without one: the graphs in the settings, else the installed plugins."
    ),
    "[CODE]...": "The code of a rule (``TD101``), a prefix of codes (``TD2``), or the name of a rule (``cycle``).",
    "A": "The name of a driver.",
    "[B]": "The name of another driver, or of a capability; then the shortest chain from A to B is shown.",
    "OLD NEW | REV[..REV] [GRAPH]...": (
        "Two graphs or lock files; or one or two git revisions and the GRAPHs to compare there."
    ),
    "DIR": "The folder to write the files to.",
    "NAME...": "The names of drivers.",
    "[NAME]...": "The names of drivers; without one, all of them.",
    "NAME": "The name of the new distribution; its folder has the same name.",
    "SHELL": "The shell that the script is for.",
}


def own_commands() -> list[tuple[str, click.Command]]:
    """Return our own commands; those of other distributions are theirs to document."""
    context = click.Context(main)
    found = ((name, main.get_command(context, name)) for name in main.list_commands(context))
    return [
        (name, command) for name, command in found if command and command.callback.__module__.startswith("tierdeps.")
    ]


def command_pages(docs: Path) -> None:
    """Write a page for each command."""
    texts = {
        name: f".. click:: {command.callback.__module__}:command\n   :prog: tierdeps {name}\n"
        for name, command in own_commands()
    }
    write_pages(texts, docs / "reference" / "commands")


def argument_name(argument: click.Argument) -> str:
    """Return the name of an argument as the usage of its command has it."""
    return argument.metavar or (argument.name or "").upper()


def _describe_arguments(_app: Sphinx, context: click.Context, lines: list[str]) -> None:
    """Replace what sphinx-click says of arguments, which is whether they are required, by what they are."""
    arguments = [one for one in context.command.params if isinstance(one, click.Argument)]
    lines[:] = [
        line
        for argument in arguments
        for line in (f"``{argument_name(argument)}``", f"    {ARGUMENTS[argument_name(argument)]}", "")
    ]


def _plain_defaults(_app: Sphinx, _context: click.Context, lines: list[str]) -> None:
    """Write defaults as they are typed, and not as Python shows them."""
    lines[:] = [line.replace("``'", "``").replace("'``", "``") if "``'" in line else line for line in lines]


def _add_examples(_app: Sphinx, context: click.Context, lines: list[str]) -> None:
    """Add the examples that the help has."""
    examples: Sequence[tuple[str, str]] = getattr(context.command, "examples", ())
    if examples:
        lines += [".. rubric:: Examples", "", ".. code-block:: text", ""]
        for command, meaning in examples:
            lines += [f"   # {meaning}", f"   {command}", ""]


def rules() -> list[Rule]:
    """Return the built-in rules by their codes."""
    return sorted(Manager(Settings(), path=()).rules(), key=lambda rule: rule.code)


def code_pages(docs: Path) -> None:
    """Write a page for each code: its address is stable, as findings link to it."""
    pages = {}
    for rule in rules():
        title = f"{rule.code}: {rule.name}"
        pages[rule.code] = f"{title}\n{'=' * len(title)}\n\n.. tierdeps-code:: {rule.code}\n"
    write_pages(pages, docs / "reference" / "codes")


class Code(SphinxDirective):
    """``.. tierdeps-code:: CODE``: what a code means, an example, and how to fix it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the content of its page."""
        rule = next(rule for rule in rules() if rule.code == self.arguments[0])
        found: list[nodes.Node] = [paragraph(_flowing(rule.meaning)), self._facts(rule)]
        if rule.example.strip():
            example = rule.example.strip()
            found += [
                nodes.rubric(text="Example"),
                nodes.literal_block(example, example, language=_language(example)),
            ]
        found += [nodes.rubric(text="How to fix it"), paragraph(_flowing(rule.how_to_fix))]
        return found

    def _facts(self, rule: Rule) -> nodes.table:
        asked = "only when it is selected by its code or name" if rule.on_request else "always, unless it is ignored"
        rows: list[tuple[str, str]] = [
            ("Severity", str(rule.severity)),
            ("Runs", asked),
            ("In the terminal", f"``tierdeps explain {rule.code}``"),
            ("Ignore it", f'``--ignore {rule.code}``, or ``ignore = ["{rule.code}"]`` in the settings'),
            ("Change its severity", f'``severity = {{ {rule.code} = "{_other(rule)}" }}`` in the settings'),
        ]
        return table(("Rule", f"``{rule.name}``"), rows, (30, 70))


def _other(rule: Rule) -> str:
    return "warning" if str(rule.severity) == "error" else "error"


class CodeList(SphinxDirective):
    """``.. tierdeps-code-list::``: all codes in a table, each with a link to its page."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        from docutils.statemachine import StringList

        lines = [".. list-table::", "   :header-rows: 1", "   :widths: 12 28 12 48", ""]
        lines += ["   * - Code", "     - Rule", "     - Severity", "     - Meaning"]
        for rule in rules():
            sentence = _flowing(rule.meaning).partition(". ")[0].rstrip(".")
            sentence = sentence if len(sentence) < LONG else sentence.partition(":")[0]
            lines += [f"   * - :doc:`{rule.code} <codes/{rule.code}>`", f"     - ``{rule.name}``"]
            lines += [f"     - {rule.severity}", f"     - {sentence}."]
        container = nodes.container()
        self.state.nested_parse(StringList(lines, "codes"), self.content_offset, container)
        return container.children


class CommandList(SphinxDirective):
    """``.. tierdeps-command-list::``: all commands in a table, each with a link to its page and its purpose."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        from docutils.statemachine import StringList

        lines = [".. list-table::", "   :header-rows: 1", "   :widths: 24 76", "", "   * - Command", "     - Purpose"]
        for name, command in own_commands():
            purpose = command.get_short_help_str(limit=LONG).rstrip(".")
            lines += [f"   * - :doc:`{name} <commands/{name}>`", f"     - {purpose}"]
        container = nodes.container()
        self.state.nested_parse(StringList(lines, "commands"), self.content_offset, container)
        return container.children


def _flowing(text: str) -> str:
    return " ".join(text.split())


def _language(example: str) -> str:
    try:
        tomllib.loads(example)
    except tomllib.TOMLDecodeError:
        return "text"
    return "toml"


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directives, and what command pages lack."""
    app.add_directive("tierdeps-code", Code)
    app.add_directive("tierdeps-code-list", CodeList)
    app.add_directive("tierdeps-command-list", CommandList)
    app.connect("sphinx-click-process-arguments", _describe_arguments)
    app.connect("sphinx-click-process-options", _plain_defaults)
    app.connect("sphinx-click-process-epilog", _add_examples)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
