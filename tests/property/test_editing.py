"""Whatever a YAML file looks like: an edit makes the change that it is to make, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.importers.graphfile.editing import edited

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = st.sampled_from(["a", "storage", "yes", "1", "x:y", "a b", "null", "it's", "ü"])
ENTRIES = st.one_of(NAMES, st.fixed_dictionaries({"on": NAMES}, optional={"phase": NAMES, "when": NAMES}))
DRIVERS = st.dictionaries(
    NAMES,
    st.one_of(
        st.none(),
        st.fixed_dictionaries({}, optional={"requires": st.lists(ENTRIES, min_size=1, max_size=4), "tier": NAMES}),
    ),
    min_size=1,
    max_size=4,
)
STYLES = st.fixed_dictionaries(
    {
        "default_flow_style": st.sampled_from([None, True, False]),
        "indent": st.sampled_from([2, 3, 4]),
        "width": st.sampled_from([10, 80]),
        "default_style": st.sampled_from([None, '"', "'"]),
    }
)


def _set_tier(document: Any, name: str, tier: str) -> None:
    document["drivers"][name]["tier"] = tier


def _remove(document: Any, name: str, index: int) -> None:
    table = document["drivers"][name]
    entries = table["requires"]
    del entries[index]
    if not entries:
        del table["requires"]


def _expected(drivers: dict[str, Any], change: Callable[[Any], None]) -> Any:
    """Return what the document is to be; a driver without a table has an empty one."""
    document = yaml.safe_load(yaml.safe_dump({"drivers": {name: table or {} for name, table in drivers.items()}}))
    change(document)
    return document


def _filled(text: str) -> Any:
    found = yaml.safe_load(text)
    return {"drivers": {name: table or {} for name, table in found["drivers"].items()}}


@given(DRIVERS, STYLES, NAMES, st.data())
def test_a_tier_is_set_and_nothing_else_changes(
    drivers: dict[str, Any], style: dict[str, Any], tier: str, data: st.DataObject
) -> None:
    text = yaml.safe_dump({"drivers": drivers}, allow_unicode=True, sort_keys=False, **style)
    name = data.draw(st.sampled_from(sorted(drivers)))
    found = edited("site.yaml", text, [lambda document: _set_tier(document, name, tier)])
    assert found is not None
    assert _filled(found) == _expected(drivers, lambda document: _set_tier(document, name, tier))


@given(DRIVERS, STYLES, st.data())
def test_an_entry_is_removed_and_nothing_else_changes(
    drivers: dict[str, Any], style: dict[str, Any], data: st.DataObject
) -> None:
    text = yaml.safe_dump({"drivers": drivers}, allow_unicode=True, sort_keys=False, **style)
    having = sorted(name for name, table in drivers.items() if table and "requires" in table)
    if not having:
        return
    name = data.draw(st.sampled_from(having))
    index = data.draw(st.integers(0, len(drivers[name]["requires"]) - 1))
    found = edited("site.yaml", text, [lambda document: _remove(document, name, index)])
    assert found is not None
    assert _filled(found) == _expected(drivers, lambda document: _remove(document, name, index))
