"""Man pages, made from the program itself: ``python docs/_ext/man_pages.py`` writes them to ``docs/man``.

The wheel installs them, so they are kept in the repository; a test holds that they are what is made here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tierdeps import __version__
from tierdeps.cli import EXAMPLES, main
from tierdeps.cli._help import COMMON, GROUPS
from tierdeps.input_schemas import input_schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DOCS = Path(__file__).parent.parent
MAN = DOCS / "man"
FINDINGS = "The graph has errors: the findings say which."
#: What exit status 1 means, for the commands that have it.
STATUS_1 = {
    "check": "There are findings that fail the check.",
    "diff": "There is a difference, with --exit-code.",
    "lock": "The graph has errors; or with --check, the lock file is out of date.",
    **dict.fromkeys(("order", "start", "reload", "simulate"), FINDINGS),
}
STATUS_2 = "Usage or settings are wrong, or the input cannot be read."
#: What exit status 4 means, for the commands that have it; for all others that the answer could not be written.
STATUS_4 = {
    "start": "A driver failed, or its stop did.",
    "stop": "A stop failed.",
    "status": "The run failed or was killed.",
    "reload": "The reload failed; the run goes on.",
    "ui": "No instance runs.",
    "restart": "A driver did not come up again, or its stop failed; the run goes on.",
}
FILES = {
    "tierdeps.toml": "The settings: see tierdeps.toml(5). Also pyproject.toml, table tool.tierdeps, and setup.cfg.",
    "tierdeps.baseline.toml": "The findings that tierdeps-check(1) excuses.",
    "tierdeps.lock": "The plan that tierdeps-lock(1) writes.",
    "$XDG_STATE_HOME/tierdeps": "The journal of runs, and the logs of what runs in the background;"
    " ~/.local/state/tierdeps by default.",
    "$XDG_RUNTIME_DIR/tierdeps": "The sockets on which running instances listen.",
}
GRAPH_EXAMPLE = """\
[tiers]
order = ["core", "hypervisor"]

[drivers.secret]
tier = "core"

[drivers.storage]
tier = "core"
phases = ["initialize", "autostart"]
requires = [{ on = "secret", phase = "autostart", when = "pool.auth" }]

[drivers.qemu]
tier = "hypervisor"
requires = ["storage"]
command = ["python3", "-m", "http.server", "8000"]
ready = "tcp:127.0.0.1:8000"
"""
SETTINGS_EXAMPLE = """\
graphs = ["graphs/*.toml"]
disable = ["alarm"]
choose = { secret-lookup = "secret" }
severity = { TD203 = "off" }

[drivers.storage]
uri = "storage:///session"

[[dependencies]]
driver = "storage"
requires = "network"
reason = "the pools of this site are on a file server"
"""


def pages() -> dict[str, str]:
    """Return the text of each page, by the name of its file."""
    context = click.Context(main, info_name="tierdeps", **main.context_settings)
    commands = {name: main.get_command(context, name) for group in GROUPS.values() for name in group}
    ours = {name: command for name, command in commands.items() if command is not None}
    found = {f"tierdeps-{name}.1": _command_page(name, command, context) for name, command in ours.items()}
    found["tierdeps.1"] = _main_page(context, ours)
    found["tierdeps.toml.5"] = _settings_page()
    found["tierdeps-graph.5"] = _graph_page()
    return dict(sorted(found.items()))


def _main_page(context: click.Context, commands: dict[str, click.Command]) -> str:
    lines = [_head("tierdeps", 1, _first(main.help or "")), _synopsis("tierdeps", "[OPTIONS] COMMAND [GRAPH]...")]
    lines += [".SH DESCRIPTION", *_paragraphs(main.help or "")]
    lines.append(".SH COMMANDS")
    for group, names in GROUPS.items():
        shown = [name for name in names if name in commands]
        lines.append(f".SS {_escaped(group)}")
        lines += _terms((f"tierdeps-{name}(1)", _short(commands[name])) for name in shown)
    lines += [".SH OPTIONS", *_options(main, context)]
    lines += _status(
        {
            1: "Findings of severity error, or a difference that was asked for.",
            2: STATUS_2,
            4: "Something failed at run time.",
        }
    )
    lines += [".SH ENVIRONMENT", *_environment(), ".SH FILES", *_terms(FILES.items())]
    lines += _examples(EXAMPLES)
    lines += _see_also(("tierdeps.toml(5)", "tierdeps-graph(5)", *(f"tierdeps-{name}(1)" for name in sorted(commands))))
    return _text(lines)


def _command_page(name: str, command: click.Command, parent: click.Context) -> str:
    title = f"tierdeps-{name}"
    context = click.Context(command, parent, name)
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [_head(title, 1, _short(command)), _synopsis(f"tierdeps {name}", usage)]
    lines += [".SH DESCRIPTION", *_paragraphs(command.help or "")]
    lines += [".SH OPTIONS", *_options(command, context)]
    statuses = {2: STATUS_2, 4: STATUS_4.get(name, "The answer could not be written.")}
    if name in STATUS_1:
        statuses[1] = STATUS_1[name]
    lines += _status(statuses)
    lines += [".SH ENVIRONMENT", *_environment(), ".SH FILES", *_terms(FILES.items())]
    lines += _examples(getattr(command, "examples", ()) or ((f"tierdeps {name} --help", "Show the help."),))
    others = next((names for names in GROUPS.values() if name in names), ())
    near = (f"tierdeps-{other}(1)" for other in others if other != name and _exists(other))
    lines += _see_also(("tierdeps(1)", *near, "tierdeps.toml(5)", "tierdeps-graph(5)"))
    return _text(lines)


def _settings_page() -> str:
    schema = input_schemas()["settings"]
    lines = [_head("tierdeps.toml", 5, "the settings of tierdeps")]
    lines += [".SH SYNOPSIS", r"\fItierdeps.toml\fR", ".br", r"\fIpyproject.toml\fR, table \fBtool.tierdeps\fR", ".br"]
    lines += [r"\fIsetup.cfg\fR, sections \fBtierdeps\fR and \fBtierdeps:TABLE\fR"]
    lines += [".SH DESCRIPTION"]
    lines += _paragraphs(
        "The first of these files that has settings is read, in the current folder or else in the nearest parent"
        " folder, up to the root of the repository (the folder with .git, .hg or .jj). Outside of a repository only the"
        " current folder is searched. --config names another file. What is misspelt is an error."
        " tierdeps-config(1) shows what is in force, and from where."
    )
    lines += [".SH KEYS", *_keys(schema, schema), *_tables(schema)]
    lines += _status({2: STATUS_2}, "The exit status of commands that read a wrong file:")
    lines += [".SH ENVIRONMENT", *_environment(), ".SH FILES", *_terms(FILES.items())]
    lines += [".SH EXAMPLES", *_verbatim(SETTINGS_EXAMPLE)]
    lines += _see_also(("tierdeps(1)", "tierdeps-config(1)", "tierdeps-check(1)", "tierdeps-graph(5)"))
    return _text(lines)


def _graph_page() -> str:
    schema = input_schemas()["graph-file"]
    lines = [_head("tierdeps-graph", 5, "graph files of tierdeps")]
    lines += [".SH SYNOPSIS", r"\fIFILE.toml\fR, \fIFILE.json\fR, \fIFILE.yaml\fR, \fIFILE.jsonl\fR"]
    lines += [".SH DESCRIPTION"]
    lines += _paragraphs(
        "A graph file declares drivers, each with what it depends on. It is TOML, JSON or YAML; in JSON lines each line"
        " is a driver, with its name under the key name, or the tiers, facts and choices, before the drivers."
    )
    lines += [".SH KEYS", *_keys(schema, schema), *_tables(schema)]
    lines += _status({2: STATUS_2}, "The exit status of commands that read a wrong file:")
    lines += [".SH ENVIRONMENT", *_environment(), ".SH FILES", *_terms(FILES.items())]
    lines += [".SH EXAMPLES", *_verbatim(GRAPH_EXAMPLE)]
    lines += _see_also(("tierdeps(1)", "tierdeps-check(1)", "tierdeps-start(1)", "tierdeps.toml(5)"))
    return _text(lines)


def _keys(table: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    for key, value in table.get("properties", {}).items():
        must = " It must be there." if key in table.get("required", ()) else ""
        default = (
            ""
            if value.get("default") in (None, "", [], {}) or isinstance(value["default"], dict)
            else (f" Default: {_shown(value['default'])}.")
        )
        yield from _term(
            f"\\fB{_escaped(key)}\\fR = {_escaped(_kind(value, schema))}",
            f"{value.get('description', '')}{must}{default}",
        )


def _tables(schema: dict[str, Any]) -> Iterator[str]:
    titles = {
        "DriverTable": "In each table of drivers",
        "AliveTable": "In alive, where it is a table",
        "DependencyTable": "In an entry of a list of dependencies, where it is a table",
        "TiersTable": "In tiers",
        "TierTable": "In each table of tiers.declare",
        "DependencyEntry": "In each table of dependencies",
    }
    for name, title in titles.items():
        if (table := schema.get("$defs", {}).get(name)) is not None:
            yield f".SS {title}"
            yield from _keys(table, schema)


def _kind(value: dict[str, Any], schema: dict[str, Any]) -> str:
    """Return what a value may be, in a few words."""
    if "anyOf" in value:
        return " or ".join(dict.fromkeys(_kind(one, schema) for one in value["anyOf"]))
    if "$ref" in value:
        meant = schema["$defs"][value["$ref"].rpartition("/")[2]]
        return "TABLE" if "properties" in meant else _kind(meant, schema)
    if "enum" in value:
        return " | ".join(f'"{one}"' for one in value["enum"])
    kinds = {"string": "TEXT", "boolean": "true | false", "integer": "NUMBER", "number": "NUMBER"}
    if value.get("type") == "array":
        return f"[{_kind(value.get('items', {}), schema)}, ...]"
    if value.get("type") == "object":
        inner = value.get("additionalProperties")
        return "{ NAME = " + (_kind(inner, schema) if isinstance(inner, dict) else "VALUE") + ", ... }"
    return kinds.get(value.get("type", ""), "VALUE")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        f"[{', '.join(map(_shown, value))}]"
        if isinstance(value, list)
        else f'"{value}"'
        if isinstance(value, str)
        else str(value)
    )


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    groups: dict[str, list[tuple[str, str]]] = {"": []}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            group = COMMON if "--help" in parameter.opts else getattr(parameter, "group", "")
            groups.setdefault(group, []).append(record)
    for group, records in groups.items():
        if group and records:
            yield f".SS {_escaped(group)}"
        for name, text in records:
            yield from _term(f"\\fB{_escaped(name)}\\fR", text)


def _environment() -> Iterator[str]:
    """Yield the environment variables, as the reference describes them under the label ``environment``."""
    pages = [page.read_text(encoding="utf-8") for page in sorted((DOCS / "reference").glob("*.rst"))]
    section = "".join(page.partition("\n.. _environment:\n")[2] for page in pages)
    entries = list(re.finditer(r"^(``[A-Z_]+``.*)\n((?:    .*\n?)+)", section, re.MULTILINE))
    if not entries:
        raise LookupError("no page of docs/reference describes the environment variables")
    for entry in entries:
        yield from _term(_inline(entry[1]), _inline(" ".join(entry[2].split())), plain=True)


def _inline(text: str) -> str:
    """Return a line of reStructuredText with its code in bold."""
    parts = re.split(r"``(.+?)``", re.sub(r":\w+:`([^`<]+?)(?: <[^>]+>)?`", r"\1", text))
    return "".join(f"\\fB{_escaped(part)}\\fR" if index % 2 else _escaped(part) for index, part in enumerate(parts))


def _status(statuses: dict[int, str], lead: str = "") -> Iterator[str]:
    yield ".SH EXIT STATUS"
    if lead:
        yield _escaped(lead)
    known = {
        0: "Success; there may be warnings.",
        3: "A plugin failed to load, with --strict.",
        70: "A bug of tierdeps.",
        130: "Interrupted by a signal.",
        **statuses,
    }
    yield from _terms((str(number), text) for number, text in sorted(known.items()))


def _examples(examples: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield ".SH EXAMPLES"
    for line, meaning in examples:
        yield from _paragraphs(meaning)
        yield from _verbatim(f"$ {line}\n")


def _see_also(names: Iterable[str]) -> list[str]:
    shown = ", ".join(re.sub(r"(.+)\((\d)\)", r"\\fB\1\\fR(\2)", _escaped(name)) for name in names)
    return [".SH SEE ALSO", shown]


def _head(title: str, section: int, summary: str) -> str:
    name = _escaped(title)
    head = f'.TH "{name.upper()}" {section} "" "tierdeps {__version__}" "tierdeps manual"'
    return f"{head}\n.SH NAME\n{name} \\- {_escaped(summary)}"


def _synopsis(command: str, usage: str) -> str:
    return f".SH SYNOPSIS\n\\fB{_escaped(command)}\\fR {_escaped(usage)}"


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        yield ".PP"
        yield _escaped(" ".join(paragraph.split()))


def _terms(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in rows:
        yield from _term(f"\\fB{_escaped(name)}\\fR", text)


def _term(term: str, text: str, *, plain: bool = False) -> Iterator[str]:
    yield ".TP"
    yield term
    yield text if plain else _escaped(" ".join(text.split())) or "\\&"


def _verbatim(text: str) -> Iterator[str]:
    yield ".PP"
    yield ".RS 4"
    yield ".nf"
    yield from map(_escaped, text.rstrip("\n").split("\n"))
    yield ".fi"
    yield ".RE"


def _escaped(text: str) -> str:
    """Return text that no formatter takes for a request; hyphens stay hyphens that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _short(command: click.Command) -> str:
    return command.get_short_help_str(limit=200).rstrip(".")


def _first(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split()).rstrip(".")


def _exists(name: str) -> bool:
    return main.get_command(click.Context(main), name) is not None


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def write() -> None:
    """Write the pages, and remove those of commands that are gone."""
    MAN.mkdir(exist_ok=True)
    made = pages()
    for path in MAN.iterdir():
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (MAN / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
