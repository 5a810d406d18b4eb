"""A side without a certificate is refused, nothing listens on other than loopback, and nothing is unpickled."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.engines.fleet.conftest import ROOT, Cluster, thing
from tierdeps.engines import TlsFiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engines.fleet.conftest import Log
    from tierdeps.model import Report


def identity(folder: Path) -> TlsFiles:
    """Write the files of a new identity, which is its own authority."""
    from tierdeps.engines.fleet.security import temporary_files

    made = temporary_files()
    paths = {}
    for name in ("ca", "cert", "key"):
        path = folder / f"{name}.pem"
        path.write_text(getattr(made, name), encoding="ascii")
        paths[name] = str(path)
    return TlsFiles(**paths)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start a scheduler and a worker with certificates."""
    pytest.importorskip("distributed")
    files = identity(tmp_path_factory.mktemp("ours"))
    found = Cluster(tmp_path_factory.mktemp("secured"), files)
    found.add("k", f"--tls-ca={files.ca}", f"--tls-cert={files.cert}", f"--tls-key={files.key}")
    found.heard("k", "registered")
    yield found
    found.close()


def run(log: Log, address: str, tls: TlsFiles | None, **options: Any) -> Report:
    executor = log.executor(address, thing("one", host="k"), tls=tls, **options)

    async def main() -> Report:
        await executor.start()
        return await executor.stop()

    return asyncio.run(main())


def test_with_a_certificate_of_the_fleet_drivers_start(secured: Cluster, log: Log) -> None:
    report = run(log, secured.address, secured.tls)
    assert report.ok, report["one"].reason


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        ("of another authority", "its certificate is not trusted"),
        ("of another authority, which trusts this one", "it refuses the certificate given here"),
        ("none", "it expects TLS"),
    ],
)
def test_without_a_certificate_of_the_fleet_nothing_starts_and_that_is_why(
    secured: Cluster, log: Log, tmp_path: Path, certificate: str, why: str
) -> None:
    tls = identity(tmp_path) if certificate != "none" else None
    if tls and "trusts" in certificate:
        assert secured.tls is not None
        tls = TlsFiles(secured.tls.ca, tls.cert, tls.key)
    address = secured.address if tls else secured.address.replace("tls://", "tcp://")
    report = run(log, address, tls)
    assert f"the scheduler at {address} cannot be reached: {why}" in report["one"].reason
    assert log.lines == []


def test_a_scheduler_without_tls_is_named(cluster: Cluster, log: Log, tmp_path: Path) -> None:
    address = cluster.address.replace("tcp://", "tls://")
    report = run(log, address, identity(tmp_path))
    assert f"the scheduler at {address} cannot be reached: it does not speak TLS" in report["one"].reason


def test_a_worker_that_is_refused_says_so(secured: Cluster, tmp_path: Path) -> None:
    files = identity(tmp_path)
    secured.add("other", f"--tls-ca={files.ca}", f"--tls-cert={files.cert}", f"--tls-key={files.key}")
    secured.heard("other", "cannot be used: its certificate is not trusted")


@pytest.mark.parametrize("certificate", ["of another authority", "none"])
def test_a_worker_refuses_who_has_no_certificate_of_the_fleet(
    secured: Cluster, tmp_path: Path, certificate: str
) -> None:
    from distributed.core import connect

    from tierdeps.engines.fleet.directory import addresses
    from tierdeps.engines.fleet.security import connection_arguments, security_of

    tls = identity(tmp_path) if certificate != "none" else None

    async def main() -> None:
        found = await addresses(secured.address, security_of(secured.tls))
        address = found["k"] if tls else found["k"].replace("tls://", "tcp://")
        with pytest.raises(OSError):  # noqa: PT011  whatever ends the connection
            await connect(address, timeout=0.5, **connection_arguments(security_of(tls)))

    asyncio.run(main())


def test_a_worker_listens_on_loopback_alone(cluster: Cluster) -> None:
    psutil: Any = pytest.importorskip("psutil")
    connections = psutil.Process(cluster.workers["a"].pid).net_connections(kind="inet")
    listening = {connection.laddr.ip for connection in connections if connection.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


def test_an_embedded_fleet_listens_on_loopback_alone(log: Log) -> None:
    psutil: Any = pytest.importorskip("psutil")
    pytest.importorskip("distributed")
    executor = log.executor(None, thing("one", host="k"))

    async def main() -> set[str]:
        await executor.start()
        own = psutil.Process()
        connections = [one for process in (own, *own.children()) for one in process.net_connections(kind="inet")]
        await executor.stop()
        return {one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN}

    assert asyncio.run(main()) == {"127.0.0.1"}


class Hostile:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return self.path.touch, ()


@pytest.mark.parametrize("operation", ["drive", "facts"])
def test_a_worker_unpickles_nothing_where_it_takes_runs(cluster: Cluster, tmp_path: Path, operation: str) -> None:
    from distributed.core import connect
    from distributed.protocol import to_serialize

    from tierdeps.engines.fleet.directory import addresses
    from tierdeps.engines.fleet.security import security_of

    path = tmp_path / "made"

    async def main() -> None:
        found = await addresses(cluster.address, security_of(None))
        comm = await connect(found["a"], timeout=5)
        await comm.write({"op": operation, "hello": to_serialize(Hostile(path)), "reply": True})
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(comm.read(), 5)
        comm.abort()

    asyncio.run(main())
    assert not path.exists()


def test_nothing_of_ours_pickles() -> None:
    uses = re.compile(r"^\s*(?:import|from) (?:pickle|cloudpickle|dill|marshal|shelve)\b|to_serialize", re.MULTILINE)
    files = sorted((ROOT / "tierdeps").rglob("*.py"))
    assert [file.name for file in files if uses.search(file.read_text(encoding="utf-8"))] == []
