"""``tierdeps worker`` and the options of a fleet refuse what cannot work, before anything listens."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

LOCAL = ("--scheduler", "tcp://127.0.0.1:1")
WORKER = ("worker", "--host-name", "kvm1")
FLEET = ("start", "g.toml", "--engine", "dask")


@pytest.fixture(autouse=True)
def _files(ask: Ask) -> None:
    Path("g.toml").write_text("[drivers.a]\n", encoding="utf-8")
    for name in ("ca", "cert", "key"):
        Path(f"{name}.pem").touch()


TLS = ("--tls-ca", "ca.pem", "--tls-cert", "cert.pem", "--tls-key", "key.pem")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            (*WORKER, *LOCAL, "--listen", "10.0.0.1"),
            "--listen 10.0.0.1 without TLS would let everybody who reaches it run",
        ),
        ((*WORKER, *LOCAL, "--tls-ca", "ca.pem"), "TLS needs --tls-ca, --tls-cert and --tls-key, and only --tls-ca is"),
        (
            (*WORKER, "--scheduler", "127.0.0.1:1"),
            "'127.0.0.1:1' is no address of a scheduler; expected tcp://HOST:PORT",
        ),
        ((*WORKER, "--scheduler", "tcp://127.0.0.1"), "'tcp://127.0.0.1' is no address of a scheduler"),
        ((*WORKER, "--scheduler", "tls://127.0.0.1:1"), "tls://127.0.0.1:1 needs --tls-ca, --tls-cert and --tls-key"),
        ((*WORKER, *LOCAL, *TLS), "tcp://127.0.0.1:1 is not encrypted, although TLS files are given"),
        (("worker", "--host-name", "kvm 1", *LOCAL), "--host-name: expected the name of a host"),
        ((*WORKER, *LOCAL, "--lease", "0"), "expected a number"),
        ((*FLEET, "--scheduler", "10.0.0.1"), "'10.0.0.1' is no address of a scheduler"),
        ((*FLEET, "--scheduler", "tls://10.0.0.1:1"), "tls://10.0.0.1:1 needs --tls-ca, --tls-cert and --tls-key"),
        ((*FLEET, "--tls-key", "key.pem"), "and only --tls-key is given"),
        ((*FLEET, *TLS), "the --tls options need --scheduler"),
        ((*FLEET, "--leave-running"), "--leave-running with the engine dask needs --scheduler"),
        (("start", "g.toml", *LOCAL), "the engine local uses no scheduler; add --engine dask"),
        (("start", "g.toml", "--dry-run", *LOCAL), "the engine dry-run uses no scheduler; add --engine dask"),
    ],
)
def test_options_that_cannot_work_are_refused(ask: Ask, arguments: tuple[str, ...], text: str) -> None:
    answer = ask(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert text in answer.err


@pytest.mark.parametrize("arguments", [(*WORKER, *LOCAL), FLEET])
def test_without_dask_the_extra_is_named(ask: Ask, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    answer = ask(*arguments)
    assert answer.code == 2
    assert "error: engine dask: it needs Dask distributed: pip install tierdeps[dask]" in answer.err
