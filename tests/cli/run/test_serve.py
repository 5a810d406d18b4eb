"""``tierdeps serve`` as a command: what it prints, what it refuses, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from tests.journal.conftest import Stage
from tierdeps._util.process_id import process_stamp
from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli._session import Session
from tierdeps.cli.run.source import GraphSource
from tierdeps.driver_logs.file_set import FileSet
from tierdeps.driver_logs.folders import file_stem, open_run_folder, run_folder
from tierdeps.driver_logs.log_line import encoded
from tierdeps.errors import RunError, UnknownNameError
from tierdeps.journal import Journal
from tierdeps.serve.live import NO_RUN
from tierdeps.serve.server import listen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Ask
    from tests.cli.hosts import Host

GRAPH = '[drivers.a]\n[drivers.b]\nrequires = ["a"]\n'


@pytest.fixture
def graph(tmp_path: Path, state: Path) -> str:
    path = tmp_path / "shop.toml"
    path.write_text(GRAPH, encoding="utf-8")
    return str(path)


def source_of(graph: str) -> GraphSource:
    return GraphSource(Session(), GraphRequest((graph,)))


def names(document: Any) -> list[str]:
    return [driver["name"] for driver in document["drivers"]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_serves_its_graph_and_ends_cleanly_at_a_signal(
    graph: str, number: signal.Signals
) -> None:
    command = (sys.executable, "-m", "tierdeps", "serve", graph)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address, _, token = process.stdout.readline().strip().partition("/#token=")
        assert address.startswith("http://127.0.0.1:")
        request = Request(f"{address}/api/graph", headers={"Authorization": f"Bearer {token}"})  # noqa: S310
        with urlopen(request, timeout=20) as answer:  # noqa: S310  our own
            assert names(json.load(answer)) == ["a", "b"]
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert err == "open this address in a browser, and give it to nobody; it changes nothing; Ctrl-C ends the server\n"


def test_a_graph_that_cannot_be_read_is_an_error_at_once(ask: Ask, graph: str) -> None:
    Path(graph).write_text("[drivers", encoding="utf-8")
    answer = ask("serve", graph)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"error: {graph}: line 1")


def test_standard_input_is_refused(ask: Ask) -> None:
    answer = ask("serve", "-")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(
        "error: the page reads its graph again when it is opened, and standard input only once"
    )


def test_a_port_that_is_in_use_is_an_error(ask: Ask, graph: str) -> None:
    with listen(0) as other:
        port = str(other.getsockname()[1])
        answer = ask("serve", graph, "--port", port)
    assert (answer.code, answer.out) == (4, "")
    assert answer.err.startswith(f"error: port {port} of 127.0.0.1 cannot be used: ")


def test_without_the_extra_it_names_it(ask: Ask, graph: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "tierdeps.serve.server")
    answer = ask("serve", graph)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "error: serve: it needs uvicorn and starlette: pip install 'tierdeps[serve]'\n"


def test_a_graph_with_errors_is_shown_with_its_findings(graph: str) -> None:
    Path(graph).write_text(GRAPH + '[drivers.c]\nrequires = ["c2"]\n', encoding="utf-8")
    document: Any = source_of(graph).page()
    assert [finding["code"] for finding in document["findings"]] == ["TD103"]
    assert document["kind"] == "live"


def test_the_page_has_the_facts_of_this_host(graph: str) -> None:
    Path(graph).write_text(
        "facts = { f = false }\n" + GRAPH.replace('"a"', '{ on = "a", when = "f" }'), encoding="utf-8"
    )
    document: Any = source_of(graph).page()
    assert document["facts"] == {"f": False}


def test_a_graph_that_has_changed_is_read_again(graph: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = source_of(graph)
    assert names(source.page()) == ["a", "b"]
    Path(graph).write_text(GRAPH + "[drivers.c]\n", encoding="utf-8")
    assert names(source.page()) == ["a", "b", "c"]
    Path(graph).write_text("[drivers", encoding="utf-8")
    assert names(source.page()) == ["a", "b", "c"]
    assert capsys.readouterr().err.startswith(f"error: {graph}: line 1")


@pytest.fixture(name="stage")
def _stage(state: Path) -> Iterator[Stage]:
    with Journal.open() as journal:
        yield Stage(journal)


def test_the_state_is_that_of_the_instance_of_the_same_graph(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a"))
    here = {"pid": os.getpid(), "started": process_stamp(os.getpid())}
    stage.run(plan, killed_at=0.5, info=here)
    source = source_of("/stack.toml")
    found = source.state()
    assert (found.run["alive"], found.run["pid"]) == (True, os.getpid())
    assert {name: driver["state"] for name, driver in found.drivers.items()} == {"a": "starting", "b": "pending"}
    assert found.drivers["b"]["waits_for"] == ["a:start"]
    assert source_of("/other.toml").state() == NO_RUN


def test_another_run_is_another_plan(stage: Stage) -> None:
    source = source_of("/stack.toml")
    plan = stage.plan(stage.driver("a"))
    found = {source.state().plan}
    for _ in range(2):
        stage.run(plan)
        found.add(source.state().plan)
    assert len(found) == 3


def test_the_chart_is_that_of_the_last_start(stage: Stage) -> None:
    source = source_of("/stack.toml")
    assert source.start() is None
    stage.run(stage.plan(stage.driver("a")))
    chart: Any = source.start()
    assert [bar["ended"] for bar in chart["runs"][0]["bars"]] == [1.0]


def test_the_log_is_that_of_the_last_run(stage: Stage) -> None:
    source = source_of("/stack.toml")
    assert source.log("a") == ()
    run = stage.run(stage.plan(stage.driver("a")))
    assert source.log("a") == ()
    with pytest.raises(UnknownNameError, match="no driver is named 'b'"):
        source.log("b")
    folder = open_run_folder(run_folder(run.info.instance, run.info.began_at, run.info.pid), make=True)
    files = FileSet(folder, file_stem("a"), 1 << 20)
    files.append(encoded(10**18, "stdout", [b"one", b"\x1b[1m two \xff", b"x" * 5000]))
    files.close()
    folder.close()
    assert source.log("a")[0] == "one"
    assert source.log("a")[1].startswith("\x1b[1m two ")
    assert len(source.log("a")[2]) == 2000


def test_what_does_not_run_is_not_restarted(stage: Stage) -> None:
    with pytest.raises(RunError, match=r"stack.toml is not running; tierdeps start starts it"):
        source_of("/stack.toml").restart("a")
    stage.run(stage.plan(stage.driver("a")))
    with pytest.raises(RunError, match=r"stack.toml is not running"):
        source_of("/stack.toml").restart("a")


def test_a_driver_of_the_instance_is_restarted_with_what_requires_it(host: Host) -> None:
    host.graph({"a": (), "b": ("a",), "c": ("b",)})
    assert host.ask("start", "graph.toml", "--detach").code == 0
    before = host.running()
    source = source_of(str(host.folder / "graph.toml"))
    done = source.restart("b")
    assert (done.ok, done.lines[-1]) == (True, "2 drivers stopped, 2 started")
    after = host.running()
    assert {name for name in before if after[name] != before[name]} == {"b", "c"}
    assert source.state().run["alive"]
    refused = source.restart("nope")
    assert (refused.ok, ["nope" in line for line in refused.lines]) == (False, [True])
