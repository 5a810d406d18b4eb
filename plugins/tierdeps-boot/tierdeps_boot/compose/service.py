"""From the nodes of a compose file to its services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from tierdeps import suggestion
from tierdeps_boot._yaml_tables import Tables, is_null
from tierdeps_boot.compose.interpolate import InterpolationError, interpolate
from tierdeps_boot.compose.model import CONDITIONS, STARTED, Depends, Extends, Reference, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tierdeps_boot._problems import Problems

RESET, OVERRIDE = "!reset", "!override"


class Reader(Tables):
    """Reads the services of one file; ``variables`` are what its values may refer to."""

    def __init__(self, file: str, problems: Problems, variables: Mapping[str, str]) -> None:
        super().__init__(file, problems, frozenset({RESET, OVERRIDE}))
        self._variables = variables

    def text(self, node: yaml.Node, what: str) -> str | None:
        """Return the text of a value, with its variables replaced."""
        value = super().text(node, what)
        if value is None or "$" not in value:
            return value
        try:
            return interpolate(value, self._variables)
        except InterpolationError as error:
            self.error(node, f"{what}: {error}")
            return None

    def service(self, key: yaml.Node, node: yaml.Node, name: str) -> Service:
        """Return a service; keys that say nothing about order are not looked at."""
        values: dict[str, Any] = {}
        replaced = []
        for field, (_, value) in self.table(node, f"the service {name!r}").items():
            parse = _FIELDS.get(field)
            if parse is None:
                continue
            if value.tag in (RESET, OVERRIDE):
                replaced.append(field)
            if value.tag != RESET:
                values[field] = parse(self, value, f"{field} of {name!r}")
        return Service(self.place(key), **values, replaced=frozenset(replaced))

    def references(self, node: yaml.Node, what: str) -> tuple[Reference, ...]:
        """Return the texts of a list."""
        return tuple([found for item in self.items(node, what) if (found := self.reference(item, what)) is not None])

    def reference(self, node: yaml.Node, what: str) -> Reference | None:
        """Return a text with its place; None for none."""
        value = None if is_null(node) else self.text(node, what)
        return None if value is None else Reference(self.place(node), value)

    def depends_on(self, node: yaml.Node, what: str) -> Mapping[str, Depends]:
        """Return the entries of ``depends_on``: a list of names, or a table with a table for each name."""
        if isinstance(node, yaml.SequenceNode):
            names = self.references(node, what)
            return {name.text: Depends(name.place, STARTED, required=True) for name in names if self._named(name)}
        return {
            name: self._depends(key, value, f"{what} on {name!r}")
            for name, (key, value) in self.table(node, what).items()
        }

    def _named(self, name: Reference) -> bool:
        if not name.text.strip():
            self.problems.error(name.place, "expected the name of a service, got nothing")
        return bool(name.text.strip())

    def _depends(self, key: yaml.Node, node: yaml.Node, what: str) -> Depends:
        place = self.place(key)
        if node.tag == RESET:
            return Depends(place, removed=True)
        table = self.table(node, what)
        condition = self._condition(table["condition"][1], what) if "condition" in table else None
        flags = {
            name: self.flag(value, f"{name} of {what}", self.text(value, what))
            for name in ("required", "restart")
            if (value := table[name][1] if name in table else None) is not None
        }
        return Depends(place, condition, flags.get("required"), flags.get("restart"))

    def _condition(self, node: yaml.Node, what: str) -> str | None:
        value = self.text(node, f"the condition of {what}")
        if value is None or value in CONDITIONS:
            return value
        known = suggestion(value, CONDITIONS) or f"; there is {', '.join(CONDITIONS)}"
        self.error(node, f"the condition of {what} cannot be {value!r}{known}")
        return None

    def healthcheck(self, node: yaml.Node, what: str) -> bool | None:
        """Return whether there is a health check; False where one of the image is disabled."""
        if is_null(node):
            return None
        table = self.table(node, what)
        if "disable" in table and self.flag(table["disable"][1], what, self.text(table["disable"][1], what)):
            return False
        test = table["test"][1] if "test" in table else None
        items = test.value if isinstance(test, yaml.SequenceNode) else [test]
        return not (len(items) == 1 and isinstance(items[0], yaml.ScalarNode) and items[0].value == "NONE")

    def extends(self, node: yaml.Node, what: str) -> Extends | None:
        """Return what is extended: the name of a service, or a table with ``service`` and ``file``."""
        if isinstance(node, yaml.ScalarNode):
            name = self.reference(node, what)
            return Extends(name.place, name.text) if name is not None and self._named(name) else None
        table = self.table(node, what)
        if "service" not in table:
            self.error(node, f"expected a service in {what}")
            return None
        service = self.reference(table["service"][1], what)
        file = self.reference(table["file"][1], what) if "file" in table else None
        return service and Extends(service.place, service.text, file and file.text)


_FIELDS: Mapping[str, Callable[[Reader, yaml.Node, str], object]] = {
    "depends_on": Reader.depends_on,
    **dict.fromkeys(("links", "volumes_from", "profiles"), Reader.references),
    **dict.fromkeys(("network_mode", "ipc", "pid", "uts", "cgroup"), Reader.reference),
    "healthcheck": Reader.healthcheck,
    "extends": Reader.extends,
}
