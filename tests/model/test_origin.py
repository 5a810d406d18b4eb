"""The origin of a declaration."""

from __future__ import annotations

import pytest

from tierdeps.model import Driver, Origin, Tier, requires
from tierdeps.model.origin import here


@pytest.mark.parametrize(
    ("origin", "text", "package"),
    [
        (Origin("acme/storage.py", 7, "", "acme", "1.2"), "acme 1.2, acme/storage.py:7", "acme 1.2"),
        (Origin("graph.toml", key="drivers.a"), "graph.toml, drivers.a", "graph.toml"),
        (Origin("graph.toml", 3, "drivers.a"), "graph.toml:3, drivers.a", "graph.toml"),
        (Origin(distribution="acme"), "acme", "acme"),
        (Origin(), "unknown", ""),
    ],
)
def test_an_origin_is_read_as_who_and_where(origin: Origin, text: str, package: str) -> None:
    assert (str(origin), origin.package) == (text, package)


def test_here_is_the_line_that_declares_and_no_path_of_this_machine() -> None:
    origin = here()
    assert origin.file == "tests/model/test_origin.py"
    assert origin.line is not None


def test_every_declaration_knows_its_line() -> None:
    driver, tier, dependency = Driver("a"), Tier("core"), requires("b")
    assert {item.origin.file for item in (driver, tier, dependency)} == {"tests/model/test_origin.py"}
    assert len({item.origin.line for item in (driver, tier, dependency)}) == 1


def test_origins_sort_by_distribution_file_and_line() -> None:
    ordered = [Origin("z", 1), Origin("a", 2, distribution="acme"), Origin("a", 10, distribution="acme")]
    backwards = ordered[::-1]
    assert sorted(backwards, key=lambda item: item.sort_key) == ordered
