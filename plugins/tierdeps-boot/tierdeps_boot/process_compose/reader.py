"""From the nodes of a file to the definitions of its processes."""

from __future__ import annotations

import re
from shlex import join
from signal import Signals
from typing import TYPE_CHECKING, Any

import yaml

from tierdeps import replace, suggestion
from tierdeps_boot._yaml_tables import Tables, is_null
from tierdeps_boot.process_compose.model import CONDITIONS, SHELL, Availability, Awaited, Definition, Probe, Shutdown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: More replicas of a process are a mistake; each one is a driver.
MAX_REPLICAS = 100
#: A number with more digits is a mistake.
MAX_DIGITS = 10
#: When a process that has ended is started again, as process-compose and tierdeps say it.
_RESTARTS = {"on_failure": "on-failure", "always": "always"}
_VARIABLE = re.compile(r"\$\$|\$\{?[A-Za-z_]")


class Reader(Tables):
    """Reads the processes of one file."""

    def definitions(self, root: yaml.Node) -> dict[str, Definition]:
        """Return the processes at the top of a document, with the variables that all of them are given."""
        top = self.table(root, "a file of process-compose")
        if "processes" not in top:
            return {}
        found = {}
        shared = self.environment(top["environment"][1], "environment") if "environment" in top else {}
        for name, (key, node) in self.table(top["processes"][1], "processes").items():
            if name.strip():
                own = self._definition(key, node, name)
                found[name] = replace(own, environment={**shared, **(own.environment or {})}) if shared else own
            else:
                self.error(key, "expected the name of a process, got nothing")
        return found

    def extended(self, root: yaml.Node) -> tuple[yaml.Node, str] | None:
        """Return the file that a document extends, with its node."""
        top = self.table(root, "a file of process-compose")
        node = top["extends"][1] if "extends" in top else None
        name = None if node is None or is_null(node) else self.text(node, "extends")
        return None if node is None or not name else (node, name)

    def _definition(self, key: yaml.Node, node: yaml.Node, name: str) -> Definition:
        values: dict[str, Any] = {}
        for field, (_, value) in self.table(node, f"the process {name!r}").items():
            parse = _FIELDS.get(field)
            if parse is not None and not is_null(value):
                values[field] = parse(self, value, f"{field} of {name!r}")
        return Definition(self.place(key), **values)

    def depends_on(self, node: yaml.Node, what: str) -> Mapping[str, Awaited]:
        """Return the entries of ``depends_on``, a table with a table for each name."""
        found = {}
        for name, (key, value) in self.table(node, what).items():
            if not name.strip():
                self.error(key, f"expected the name of a process in {what}, got nothing")
                continue
            if _VARIABLE.search(name):
                self.error(key, f"{what}: {name!r} refers to a variable, which is only known when it runs")
                continue
            table = self.table(value, f"{what} on {name!r}")
            condition = self._condition(table["condition"][1], f"{what} on {name!r}") if "condition" in table else None
            found[name] = Awaited(self.place(key), condition or CONDITIONS[0])
        return found

    def _condition(self, node: yaml.Node, what: str) -> str | None:
        value = self.text(node, f"the condition of {what}")
        if not value or value in CONDITIONS:
            return value
        known = suggestion(value, CONDITIONS) or f"; there is {', '.join(CONDITIONS)}"
        self.error(node, f"the condition of {what} cannot be {value!r}{known}")
        return None

    def texts(self, node: yaml.Node, what: str) -> tuple[str, ...]:
        """Return the texts of a list."""
        return tuple(self.text(item, what) or "" for item in self.items(node, what))

    def replicas(self, node: yaml.Node, what: str) -> int | None:
        """Return how many replicas there are."""
        value = self.text(node, what) or ""
        if value.isdecimal() and len(value) < MAX_DIGITS and int(value) <= MAX_REPLICAS:
            return max(int(value), 1)
        self.error(node, f"expected a number of replicas up to {MAX_REPLICAS} for {what}, got {value!r}")
        return None

    def environment(self, node: yaml.Node, what: str) -> Mapping[str, str]:
        """Return the variables that a process is given: a list of NAME=VALUE, or a table."""
        if isinstance(node, yaml.MappingNode):
            pairs = ((name, self.text(value, what) or "") for name, (_, value) in self.table(node, what).items())
        else:
            texts = (self.text(item, what) or "" for item in self.items(node, what))
            pairs = (tuple(text.split("=", 1)) for text in texts if "=" in text)  # type: ignore[misc]
        return dict(pairs)

    def availability(self, node: yaml.Node, what: str) -> Availability:
        """Return when a process that has ended is started again."""
        table = self.table(node, what)
        restart = self.text(table["restart"][1], what) if "restart" in table else None
        return Availability(
            _RESTARTS.get(restart or "", "no"),
            self._number(table, "backoff_seconds", what),
            self._number(table, "max_restarts", what),
        )

    def shutdown(self, node: yaml.Node, what: str) -> Shutdown:
        """Return how a process is ended."""
        table = self.table(node, what)
        command = self.text(table["command"][1], what) if "command" in table else None
        number = self._number(table, "signal", what)
        try:
            return Shutdown(Signals(number).name if number else None, command)
        except ValueError:
            self.error(node, f"expected the number of a signal for {what}, got {number}")
            return Shutdown(None, command)

    def _number(self, table: Mapping[str, tuple[yaml.ScalarNode, yaml.Node]], key: str, what: str) -> int | None:
        if key not in table:
            return None
        value = self.text(table[key][1], what) or ""
        if value.isdecimal() and len(value) < MAX_DIGITS:
            return int(value)
        self.error(table[key][1], f"expected a whole number for {key} in {what}, got {value!r}")
        return None

    def probe(self, node: yaml.Node, what: str) -> Probe:
        """Return a probe; it has no text where it has no form here."""
        table = self.table(node, what)
        text = ""
        for key, read in (("exec", self._exec), ("http_get", self._http)):
            if not text and key in table:
                text = read(self.table(table[key][1], what), what)
        every, timeout, failures = (
            self._number(table, key, what) for key in ("period_seconds", "timeout_seconds", "failure_threshold")
        )
        # as process-compose: no number and one below 1 are the default
        return Probe(text, every or 10, timeout or 1, failures or 3)

    def _exec(self, table: Mapping[str, tuple[yaml.ScalarNode, yaml.Node]], what: str) -> str:
        command = self.text(table["command"][1], what) if "command" in table else ""
        return f"exec:{join((*SHELL, command.replace('$$', '$')))}" if command else ""

    def _http(self, table: Mapping[str, tuple[yaml.ScalarNode, yaml.Node]], what: str) -> str:
        parts = {name: self.text(table[name][1], what) for name in ("scheme", "host", "port", "path") if name in table}
        port = f":{parts['port']}" if parts.get("port") else ""
        path = (parts.get("path") or "/").removeprefix("/")
        return f"{parts.get('scheme') or 'http'}://{parts.get('host') or '127.0.0.1'}{port}/{path}"


_FIELDS: Mapping[str, Callable[[Reader, yaml.Node, str], object]] = {
    **dict.fromkeys(("command", "working_dir", "ready_log_line", "description"), Reader.text),
    **dict.fromkeys(("disabled", "is_foreground", "is_daemon"), Reader.flag),
    "entrypoint": Reader.texts,
    **dict.fromkeys(("readiness_probe", "liveness_probe"), Reader.probe),
    "depends_on": Reader.depends_on,
    "replicas": Reader.replicas,
    "availability": Reader.availability,
    "shutdown": Reader.shutdown,
    "environment": Reader.environment,
}
