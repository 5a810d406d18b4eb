"""What a document has that its schema does not allow is found, wherever it is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from tierdeps._util.validation import Path, Problem, SchemaError, convert, description, keys_of, type_of_key

Name = Annotated[str, Meta(min_length=1, description="a name")]


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    size: int
    tags: tuple[Name, ...] = ()


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    inner: Inner | None = None
    tables: Annotated[dict[Name, Inner], Meta(description="a table of tables")] = {}
    levels: dict[str, dict[str, Literal["low", "high"]]] = {}
    several: Name | tuple[Inner, ...] = ""


@pytest.mark.parametrize(
    ("raw", "path", "problem", "value", "key"),
    [
        (3, (), Problem.WRONG_VALUE, 3, ""),
        ({"iner": 1}, (), Problem.UNKNOWN_KEY, {"iner": 1}, "iner"),
        ({"a` - at `$.inner": 1}, (), Problem.UNKNOWN_KEY, {"a` - at `$.inner": 1}, "a` - at `$.inner"),
        ({"inner": {}}, ("inner",), Problem.MISSING_KEY, {}, "size"),
        ({"inner": {"size": "x"}}, ("inner", "size"), Problem.WRONG_VALUE, "x", ""),
        ({"inner": {"size": 1, "tags": ["a", ""]}}, ("inner", "tags", 1), Problem.WRONG_VALUE, "", ""),
        (
            {"tables": {"a": {"size": 1}, "b.c": {"size": None}}},
            ("tables", "b.c", "size"),
            Problem.WRONG_VALUE,
            None,
            "",
        ),
        (
            {"tables": {"a": {"size": 1, "more": 2}}},
            ("tables", "a"),
            Problem.UNKNOWN_KEY,
            {"size": 1, "more": 2},
            "more",
        ),
        ({"tables": {"": {"size": 1}}}, ("tables", ""), Problem.WRONG_NAME, "", ""),
        ({"tables": {3: {"size": 1}}}, ("tables",), Problem.WRONG_NAME, 3, ""),
        ({"tables": []}, ("tables",), Problem.WRONG_VALUE, [], ""),
        ({"levels": {"a": {"b": "low", "c": "lo"}}}, ("levels", "a", "c"), Problem.WRONG_VALUE, "lo", ""),
        ({"several": [{"size": 1}, {"size": []}]}, ("several", 1, "size"), Problem.WRONG_VALUE, [], ""),
        ({"several": 2.5}, ("several",), Problem.WRONG_VALUE, 2.5, ""),
    ],
)
def test_a_wrong_value_is_found(raw: Any, path: Path, problem: Problem, value: object, key: str) -> None:
    with pytest.raises(SchemaError) as caught:
        convert(raw, Outer)
    (error,) = caught.value.differences
    assert (error.path, error.problem, error.value, error.key) == (path, problem, value, key)


def test_what_is_right_is_returned_as_its_type() -> None:
    found = convert({"inner": {"size": 1, "tags": ["a"]}, "tables": {"x": {"size": 2}}}, Outer)
    assert found == Outer(Inner(1, ("a",)), {"x": Inner(2)})


def test_the_expected_type_is_the_one_of_the_wrong_value() -> None:
    with pytest.raises(SchemaError) as caught:
        convert({"inner": {"size": 1, "tags": [1]}}, Outer)
    assert description(caught.value.differences[0].expected) == "a name"
    assert keys_of(Inner | None) == ("size", "tags")
    assert description(type_of_key(Outer, "tables")) == "a table of tables"
    assert description(int) == ""


def test_all_that_is_wrong_is_found_in_the_order_of_the_document() -> None:
    raw = {
        "tables": {"a": {"size": "x", "more": 1}, "": {}, "b": {"tags": [1, "t", ""]}, "c": {"size": 1}},
        "oter": 1,
        "several": 2.5,
    }
    with pytest.raises(SchemaError) as caught:
        convert(raw, Outer)
    assert [(found.path, found.problem, found.key) for found in caught.value.differences] == [
        (("tables", "a", "size"), Problem.WRONG_VALUE, ""),
        (("tables", "a"), Problem.UNKNOWN_KEY, "more"),
        (("tables", ""), Problem.WRONG_NAME, ""),
        (("tables", "b", "tags", 0), Problem.WRONG_VALUE, ""),
        (("tables", "b", "tags", 2), Problem.WRONG_VALUE, ""),
        (("tables", "b"), Problem.MISSING_KEY, "size"),
        ((), Problem.UNKNOWN_KEY, "oter"),
        (("several",), Problem.WRONG_VALUE, ""),
    ]


def test_a_misspelt_key_is_not_missing_too() -> None:
    with pytest.raises(SchemaError) as caught:
        convert({"inner": {"szie": 1}}, Outer)
    assert [found.problem for found in caught.value.differences] == [Problem.UNKNOWN_KEY]


class Paired(msgspec.Struct):
    pair: Annotated[tuple[Name, ...], Meta(min_length=2)]


def test_a_list_of_the_wrong_length_is_wrong_as_a_whole() -> None:
    with pytest.raises(SchemaError) as caught:
        convert({"pair": ["a"], "unknown": "is allowed here"}, Paired)
    assert [(found.path, found.problem) for found in caught.value.differences] == [(("pair",), Problem.WRONG_VALUE)]
