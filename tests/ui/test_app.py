"""The terminal UI on a screen of 80 columns and 24 lines, with a source that a test sets."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest

from tests.ui.fakes import TIMEOUT_S, FakeSource, Screen, row, run, show

if TYPE_CHECKING:
    from tierdeps.ui.source import Action


def test_it_shows_the_drivers_with_their_tier_state_and_what_they_wait_for() -> None:
    async def scenario(screen: Screen) -> None:
        await screen.shows("waiting 3 s for db")
        assert screen.line_with(" db ").split()[:3] == ["core", "db", "ready"]
        assert screen.line_with(" web ").split()[:3] == ["net", "web", "pending"]

    show(scenario, FakeSource(row("db"), row("web", "pending", "waiting 3 s for db", "net")))


def test_the_footer_has_room_for_every_key() -> None:
    async def scenario(screen: Screen) -> None:
        await screen.shows("q Quit")
        for key in ("s Start", "x Stop", "r Restart", "t Timeline", "f Follow", "/ Search", "n Older"):
            assert key in screen.lines[-1]

    show(scenario)


def test_texts_have_no_markup_and_no_control_characters() -> None:
    async def scenario(screen: Screen) -> None:
        await screen.shows(r"[red]a\x1b[31m", r"[b]t\n", r"[b]why\u202e", r"[i]line\x1b[2J", "log of [red]a")
        screen.press("x")
        await screen.shows(r"Stop [red]a\x1b[31m?", r"would stop [red]a\x1b[31m")
        screen.press("n")
        await screen.shows("not done")
        screen.press("t")
        await screen.shows(r"[u]chart\x07")
        screen.source.problem = "[b]no\x1b journal"
        await screen.shows(r"[b]no\x1b journal")

    name = "[red]a\x1b[31m"
    source = FakeSource(row(name, note="[b]why\u202e", tier="[b]t\n"))
    source.now = run(*source.now.drivers, title="[b]title\x1b")
    source.logs = {name: ["[i]line\x1b[2J"]}
    source.chart = ["[u]chart\x07"]
    show(scenario, source)


def test_it_follows_the_log_of_the_driver_at_the_cursor() -> None:
    async def scenario(screen: Screen) -> None:
        await screen.shows("log of db, following", "db says one", "db says two")
        screen.source.logs["db"].append("db says three")
        await screen.shows("db says three")
        screen.press("down")
        await screen.shows("log of web", "web says hello", but_not="db says")

    show(scenario)


def test_new_lines_move_the_log_only_while_it_follows() -> None:
    async def scenario(screen: Screen) -> None:
        await screen.shows("line 99")
        screen.press("f")
        await screen.shows("log of db", but_not="following")
        screen.source.logs["db"] += ["the end", *("" for _ in range(50))]
        await screen.shows("line 99")
        screen.source.logs["db"].append("now")
        screen.press("f")
        await screen.shows("following", "now", but_not="line 99")

    source = FakeSource()
    source.logs["db"] = [f"line {number}" for number in range(100)]
    show(scenario, source)


def test_the_log_of_another_driver_is_followed_again() -> None:
    async def scenario(screen: Screen) -> None:
        await screen.shows("log of db, following")
        screen.press("f", "down")
        await screen.shows("log of web, following", "line 99")

    source = FakeSource()
    source.logs["web"] = [f"line {number}" for number in range(100)]
    show(scenario, source)


def test_a_search_goes_to_the_last_match_and_from_there_to_others() -> None:
    async def scenario(screen: Screen) -> None:
        await screen.shows("log of db", "line 299")
        await screen.search("fAIL")
        await screen.shows("line 250 FAIL", "3 lines with fail", but_not="following")
        screen.press("n")
        await screen.shows("line 150 FAIL", but_not="line 250")
        screen.source.logs["db"].append("new")
        screen.press("n", "n")
        await screen.shows("line 50 FAIL", "no older line has it")
        screen.press("N")
        await screen.shows("line 150 FAIL", but_not="line 50 FAIL")
        screen.press("escape")
        await screen.shows("log of db", but_not="lines with")

    source = FakeSource()
    source.logs["db"] = [f"line {n} {'FAIL' if n % 100 == 50 else ''}" if n % 7 else "" for n in range(300)]
    source.logs["db"][50:251:100] = ["line 50 FAIL", "line 150 FAIL", "line 250 FAIL"]
    show(scenario, source)


def test_a_search_without_a_match_says_so() -> None:
    async def scenario(screen: Screen) -> None:
        screen.press("n")
        await screen.shows("/ searches for a text in the log")
        await screen.search("nothing")
        await screen.shows("no line has nothing", "0 lines with nothing")

    show(scenario)


def test_the_keys_are_text_while_a_search_is_typed() -> None:
    async def scenario(screen: Screen) -> None:
        screen.press("slash")
        await screen.shows("text to search for")
        screen.press(*"xrsq")
        await screen.shows("xrsq")
        screen.press("escape")
        await screen.shows("log of db", but_not="xrsq")
        assert screen.source.performed == []

    show(scenario)


def test_the_timeline_takes_the_place_of_the_log() -> None:
    async def scenario(screen: Screen) -> None:
        screen.press("t")
        await screen.shows("timeline of the last start", "# db |===|", but_not="db says")
        screen.source.chart = ["# db |=====|"]
        await screen.shows("# db |=====|", but_not="|===|")
        screen.press("t")
        await screen.shows("db says two", but_not="timeline of")

    show(scenario)


@pytest.mark.parametrize(("key", "action"), [("x", "stop"), ("r", "restart")])
def test_a_stop_and_a_restart_are_confirmed(key: str, action: Action) -> None:
    async def scenario(screen: Screen) -> None:
        await screen.shows("log of db")
        screen.press(key)
        await screen.shows(f"{action.capitalize()} db? (y: yes, n: no)", f"would {action} db")
        screen.press("n")
        await screen.shows(f"{action} of db: not done", but_not="would")
        assert screen.source.performed == []
        screen.press(key)
        await screen.shows(f"would {action} db")
        screen.press("y")
        await screen.shows(f"{action} of db: 1 driver done")
        assert screen.source.performed == [(action, "db")]

    show(scenario)


def test_enter_does_not_confirm() -> None:
    async def scenario(screen: Screen) -> None:
        screen.press("x")
        await screen.shows("Stop db?")
        screen.press("enter", "space", "n")
        await screen.shows("not done")
        assert screen.source.performed == []

    show(scenario)


def test_the_screen_goes_on_while_a_question_is_shown() -> None:
    async def scenario(screen: Screen) -> None:
        screen.press("x")
        await screen.shows("Stop db?")
        screen.source.now = run(alive=False)
        screen.source.logs["db"].append("later")
        screen.press("n")
        await screen.shows("completed after 3 s")

    show(scenario)


def test_a_start_needs_no_confirmation() -> None:
    async def scenario(screen: Screen) -> None:
        screen.press("down", "s")
        await screen.shows("start of web: 1 driver done")
        assert screen.source.performed == [("start", "web")]

    show(scenario)


@pytest.mark.parametrize("key", ["s", "x"])
def test_a_refusal_is_shown(key: str) -> None:
    async def scenario(screen: Screen) -> None:
        screen.source.refusal = "it is stopping"
        screen.press(key)
        await screen.shows("it is stopping")

    show(scenario)


def test_one_action_is_finished_before_the_next_one() -> None:
    async def scenario(screen: Screen) -> None:
        held = Event()
        screen.source.let_go = lambda: held.wait(TIMEOUT_S)
        screen.press("s")
        await screen.shows("start of db ...")
        screen.press("s")
        await screen.shows("start of db is not finished; wait for it")
        held.set()
        await screen.shows("start of db: 1 driver done")
        assert screen.source.performed == [("start", "db")]

    show(scenario)


def test_it_stays_when_the_instance_ends_and_shows_it_when_it_runs_again() -> None:
    async def scenario(screen: Screen) -> None:
        screen.source.now = run(row("db", "stopped"), alive=False)
        await screen.shows("shop.toml has ended; when it runs again, it is shown here", "completed", "stopped")
        screen.press("r")
        await screen.shows("shop.toml is not running; tierdeps start starts it")
        screen.source.now = run(row("db"), row("new"), number=2)
        await screen.shows("shop.toml runs again, as process 7", "new")

    show(scenario)


def test_a_restart_between_two_looks_is_noticed() -> None:
    async def scenario(screen: Screen) -> None:
        screen.source.now = run(row("db"), number=2)
        await screen.shows("shop.toml runs again")

    show(scenario)


def test_the_cursor_stays_at_its_driver_when_others_come_and_go() -> None:
    async def scenario(screen: Screen) -> None:
        await screen.shows("log of db")
        screen.press("down")
        await screen.shows("log of web")
        screen.source.now = run(row("a"), row("b"), row("web"), number=2)
        screen.source.logs["web"].append("web goes on")
        await screen.shows("runs again", "log of web", "web goes on")
        screen.source.now = run(row("a"), number=3)
        await screen.shows("log of a", but_not=" web ")

    show(scenario)


def test_a_column_grows_with_what_it_shows() -> None:
    async def scenario(screen: Screen) -> None:
        await screen.shows("up")
        screen.source.now = run(row("db", "restarting", "because of a long reason"), row("web", "up"))
        await screen.shows("restarting", "because of a long reason")
        screen.source.now = run(row("db", "failed"), row("another-driver", "stopping"), alive=False)
        await screen.shows("failed", "another-driver", "stopping", but_not="restarting")

    show(scenario, FakeSource(row("db", "up"), row("web", "up")))


def test_what_cannot_be_read_is_said_until_it_can() -> None:
    async def scenario(screen: Screen) -> None:
        screen.source.problem = "the journal is locked"
        await screen.shows("the journal is locked", "is up")
        screen.source.problem = ""
        await screen.shows("is up", but_not="locked")

    show(scenario)


def test_an_error_of_tierdeps_itself_ends_it_and_is_kept() -> None:
    async def scenario(screen: Screen) -> None:
        await screen.shows("log of db")
        screen.source.let_go = lambda: dict[str, str]()["missing"]
        screen.press("s")
        await screen.ends()
        assert isinstance(screen.app.failure, KeyError)

    show(scenario)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_a_key_ends_it(key: str) -> None:
    async def scenario(screen: Screen) -> None:
        screen.press(key)
        await screen.ends()
        assert screen.app.return_code == 0

    show(scenario)
