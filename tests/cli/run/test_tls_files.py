"""Files of TLS that cannot be used are named before anything starts."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tierdeps.engines import TlsFiles
from tierdeps.engines.fleet.tls_files import verify_files
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from tests.cli.conftest import Ask


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make two certificates, their keys, one of these encrypted, and a file that is none of it."""
    found = tmp_path_factory.mktemp("tls")
    for name in ("one", "two"):
        command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", "2")
        files = ("-keyout", str(found / f"{name}.key"), "-out", str(found / f"{name}.pem"))
        subprocess.run((*command, *files), check=True, capture_output=True)
    encrypt = ("openssl", "rsa", "-in", str(found / "one.key"), "-aes256", "-passout", "pass:secret")
    subprocess.run((*encrypt, "-out", str(found / "encrypted.key")), check=True, capture_output=True)
    (found / "none.pem").write_text("this is no PEM file\n")
    return found


def files_in(folder: Path, ca: str, cert: str, key: str) -> TlsFiles:
    return TlsFiles(*(str(folder / name) for name in (ca, cert, key)))


WRONG = [
    ("none.pem", "one.pem", "one.key", "none.pem: it is not a PEM file with the certificate of an authority"),
    ("one.pem", "none.pem", "one.key", "none.pem: it is not a PEM file with a certificate"),
    ("one.pem", "one.pem", "none.pem", "none.pem: it is not a PEM file with a key"),
    ("one.pem", "one.pem", "two.key", "two.key: it is not the key of the certificate .*one.pem"),
    ("one.pem", "one.pem", "encrypted.key", "encrypted.key: the key is encrypted"),
    ("gone.pem", "one.pem", "one.key", "gone.pem: cannot be read: No such file"),
]


@pytest.mark.parametrize(("ca", "cert", "key", "problem"), WRONG)
def test_the_file_that_cannot_be_used_is_named(folder: Path, ca: str, cert: str, key: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        verify_files(files_in(folder, ca, cert, key))


def test_files_that_fit_are_accepted(folder: Path) -> None:
    verify_files(files_in(folder, "one.pem", "one.pem", "one.key"))


def options_in(folder: Path, key: str) -> tuple[str, ...]:
    files = {"ca": "one.pem", "cert": "one.pem", "key": key}
    return ("--scheduler=tls://127.0.0.1:1", *(f"--tls-{name}={folder / file}" for name, file in files.items()))


@pytest.mark.parametrize("words", [("start", "g.toml", "--engine=dask"), ("worker", "--host-name=a")])
def test_commands_exit_with_2_and_name_the_file(ask: Ask, folder: Path, words: tuple[str, ...]) -> None:
    Path("g.toml").write_text('[drivers.a]\ncommand = ["true"]\n')
    answer = ask(*words, *options_in(folder, "two.key"))
    assert (answer.code, answer.out) == (2, "")
    assert "two.key: it is not the key of the certificate" in answer.err


@pytest.mark.parametrize("address", ["10.99.99.99", "foo.invalid"])
def test_a_worker_names_the_address_at_which_it_cannot_listen(ask: Ask, folder: Path, address: str) -> None:
    pytest.importorskip("distributed")
    answer = ask("worker", "--host-name=a", f"--listen={address}", *options_in(folder, "one.key"))
    assert (answer.code, answer.out) == (2, "")
    assert f"--listen {address}: the worker cannot listen there: " in answer.err
