"""Drivers that are instances of one declaration."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps import DeclarationError, Driver, Process, instances, requires, wants
from tierdeps.model.placeholders import PlaceholderError, fill
from tierdeps.timing import parse_timing

TEXTS = st.text(alphabet="ab{} é", max_size=8)


def worker() -> Driver:
    return Driver(
        "worker",
        "tier-{instance}",
        dependencies=(requires("db@{instance}", reason="shard {instance}"), wants("log", when="has.{instance}")),
        provides=("queue-{instance}",),
        description="works on {instance}",
        process=Process(
            ("work", "--shard={instance}", "{{{instance}}}"),
            "exec:test -e /run/{instance}",
            env=(("SHARD", "{instance}"),),
            cwd="/srv/{instance}",
            user="u{instance}",
        ),
        timing={"start": "0.1"},
    )


def test_each_instance_has_its_name_in_all_texts() -> None:
    template = worker()
    first, second = instances(template, ["a", "b"])
    assert (first.name, second.name) == ("worker@a", "worker@b")
    assert second == Driver(
        "worker@b",
        "tier-b",
        dependencies=(requires("db@b", reason="shard b"), wants("log", when="has.b")),
        provides=("queue-b",),
        description="works on b",
        process=Process(
            ("work", "--shard=b", "{b}"),
            "exec:test -e /run/b",
            env=(("SHARD", "b"),),
            cwd="/srv/b",
            user="ub",
        ),
        timing={"start": "0.1"},
    )
    assert parse_timing(dict(first.timing)["start"], "the timing")


def test_all_instances_have_the_origins_of_the_declaration() -> None:
    template = worker()
    for driver in instances(template, ("a", "b")):
        assert driver.origin == template.origin
        assert [item.origin for item in driver.dependencies] == [item.origin for item in template.dependencies]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "instances of driver 'x': expected a list of names, one or more, got []"),
        (["a", "a"], "instances of driver 'x': expected names that differ, got ['a', 'a']"),
        (["a", " "], "instances of driver 'x': expected names, without '*', got ' '"),
        (["*"], "instances of driver 'x': expected names, without '*', got '*'"),
        ([1], "instances of driver 'x': expected names, without '*', got 1"),
    ],
)
def test_names_that_cannot_be_are_refused(names: list[str], message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        instances(Driver("x"), names)
    assert str(caught.value) == message


def test_a_text_is_no_list_of_letters() -> None:
    with pytest.raises(DeclarationError):
        instances(Driver("x"), "ab")


@pytest.mark.parametrize("text", ["{instnace}", "{", "a}", "{}", "{ instance }", "{instance", "{{{x}}}"])
def test_a_text_with_other_braces_is_refused(text: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        instances(Driver("x", description=text), ["a"])
    expected = f"the texts of driver 'x': expected no braces but {{instance}} and doubled ones, got {text!r}"
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{instnace}", "unknown placeholder {instnace}; did you mean {instance}?"),
        ("{HOME}", "unknown placeholder {HOME}: beside {instance}, double the braces of a text, as in {{x}}"),
        ("{}", "unknown placeholder {}: beside {instance}, double the braces of a text, as in {{x}}"),
        ("a{", "a single '{': beside {instance}, double the braces of a text, as in {{x}}"),
        ("a}", "a single '}': beside {instance}, double the braces of a text, as in {{x}}"),
    ],
)
def test_what_is_wrong_with_braces_is_said(text: str, message: str) -> None:
    with pytest.raises(PlaceholderError) as caught:
        fill(text, {"instance": "x"})
    assert str(caught.value) == message


@given(TEXTS, TEXTS)
def test_doubled_braces_are_braces_and_an_instance_is_never_read_again(text: str, instance: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert fill(doubled, {"instance": instance}) == text
    assert fill(f"{doubled}{{instance}}{doubled}", {"instance": instance}) == f"{text}{instance}{text}"
