"""A root is told from other folders, read whole or with a clear word, and never left."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tierdeps import InputError, Source
from tierdeps_libvirt._objects.configuration_root import is_root, read_root
from tierdeps_libvirt._objects.definition import Definition, Noun, SecretValue
from tierdeps_libvirt._objects.folder import LARGEST
from tierdeps_libvirt._objects.importer import recognises

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOTS = Path(__file__).parent / "roots"
UUID = "0a81f5b2-8403-4b23-88d6-21ccc2f80d6f"
NOBODY = 65534


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Copy the healthy root, links and all."""
    return Path(shutil.copytree(ROOTS / "healthy", tmp_path / "libvirt", symlinks=True))


@pytest.fixture
def closed() -> Iterator[Path]:
    """Copy the healthy root to where somebody else than root reads it, for root nothing is closed to."""
    with TemporaryDirectory() as folder:
        root = Path(shutil.copytree(ROOTS / "healthy", Path(folder, "libvirt"), symlinks=True))
        if os.geteuid() != 0:
            yield root
        else:
            Path(folder).chmod(0o755)
            for path in (root, *root.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
            os.seteuid(NOBODY)
            try:
                yield root
            finally:
                os.seteuid(0)


def found(root: Path) -> dict[str, Definition]:
    return {item.called: item for item in read_root("root", root).definitions}


def marked(root: Path) -> set[str]:
    return {name for name, item in found(root).items() if item.marked}


MARKED = {"domain/box", "domain/db", "domain/web", "network/lan", "pool/images", "pool/san"}


def test_a_root_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    assert all(is_root(path) for path in ROOTS.iterdir())
    assert not is_root(tmp_path)
    (tmp_path / "qemu").mkdir()
    assert not is_root(tmp_path)
    assert not is_root(Path(__file__))
    assert not is_root(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("qemu:///system", True),
        ("qemu+ssh://root@host/system", True),
        ("test:///default", True),
        ("lxc:///", True),
        ("https://example.com", False),
        ("xqemu:///system", False),
    ],
)
def test_an_address_is_known_by_its_scheme(name: str, known: bool) -> None:
    assert recognises(Source(name)) is known
    assert not recognises(Source(name, None, b"the standard input"))


def test_marks_hold_in_a_copy_whose_links_lead_nowhere(root: Path) -> None:
    assert marked(root) == MARKED


def test_marks_hold_in_a_copy_that_made_files_of_the_links(root: Path) -> None:
    for folder in ("qemu", "qemu/networks", "storage"):
        for link in (root / folder / "autostart").iterdir():
            link.unlink()
            shutil.copy(root / folder / link.name, link)
    assert marked(root) == MARKED


def test_a_mark_of_something_else_is_none(root: Path) -> None:
    link = root / "qemu/autostart/web.xml"
    link.unlink()
    link.symlink_to("/etc/libvirt/qemu/other.xml")
    (root / "qemu/autostart/db.xml").unlink()
    (root / "qemu/autostart/db.xml").write_text("<domain><name>db</name></domain>")
    assert marked(root) == MARKED - {"domain/web", "domain/db"}


def test_a_guest_is_called_as_it_says_and_not_as_its_file(root: Path) -> None:
    (root / "qemu/web.xml").rename(root / "qemu/www.xml")
    assert found(root)["domain/web"].source == "root/qemu/www.xml"


def test_a_secret_is_known_by_its_file_alone_to_have_a_value(root: Path) -> None:
    value = root / f"secrets/{UUID}.base64"
    value.chmod(0)
    assert found(root)[f"secret/{UUID}"].value is SecretValue.STORED
    value.unlink()
    assert found(root)[f"secret/{UUID}"].value is SecretValue.ABSENT


def test_a_link_inside_is_followed(root: Path) -> None:
    (root / "storage/images.xml").rename(root / "kept.xml")
    (root / "storage/images.xml").symlink_to("../kept.xml")
    assert found(root)["pool/images"].element is not None


def test_a_folder_that_leads_out_is_refused(root: Path) -> None:
    shutil.move(root / "storage", root.parent / "storage")
    (root / "storage").symlink_to(root.parent / "storage")
    with pytest.raises(InputError, match="the folder storage leads out of it; copy it with cp -L"):
        read_root("root", root)


def test_a_root_that_is_a_link_itself_is_what_the_user_named(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    assert marked(link) == MARKED


def test_a_user_s_own_root_is_started_by_the_user_s_own_libvirt(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not read_root("root", root).address
    monkeypatch.setenv("XDG_CONFIG_HOME", str(root.parent))
    assert read_root("root", root).address == "qemu:///session"


def test_what_is_no_plain_file_of_a_sane_size_is_reported(root: Path) -> None:
    (root / "storage/images.xml").unlink()
    os.mkfifo(root / "storage/images.xml")
    (root / "storage/huge.xml").write_bytes(b" " * (LARGEST + 1))
    (root / "storage/folder.xml").mkdir()
    (root / "storage/loop.xml").symlink_to("loop.xml")
    problems = {name: item.problem for name, item in found(root).items() if item.problem}
    assert problems == {
        "pool/images": "it is no regular file",
        "pool/huge": "it is larger than 4 MiB",
        "pool/folder": "is a directory",
        "pool/loop": "too many levels of symbolic links",
    }


def test_hidden_files_and_other_suffixes_are_left_alone(root: Path) -> None:
    before = set(found(root))
    for name in (".web.xml.swp", ".hidden.xml", "web.xml.rpmsave", "notes.txt"):
        (root / "qemu" / name).write_text("no XML")
    assert set(found(root)) == before


def test_a_name_that_is_no_text_is_shown(root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root / "storage") + b"/\xff.xml")).write_text("no XML")
    assert found(root)["pool/\\udcff"].problem


def test_a_file_that_is_closed_is_reported_and_the_rest_is_read(closed: Path) -> None:
    (closed / "storage/images.xml").chmod(0)
    assert {name: item.problem for name, item in found(closed).items() if item.problem} == {
        "pool/images": "permission denied"
    }


def test_secrets_that_are_closed_are_reported_and_the_rest_is_read(closed: Path) -> None:
    (closed / "secrets").chmod(0)
    inventory = read_root("root", closed)
    assert inventory.inaccessible == {Noun.SECRET: "the folder secrets cannot be looked into: permission denied"}
    assert len(inventory.definitions) == 9


def test_any_other_folder_that_is_closed_ends_it(closed: Path) -> None:
    (closed / "storage").chmod(0)
    with pytest.raises(InputError, match="root: storage: permission denied; read it as root"):
        read_root("root", closed)


def test_a_root_that_is_closed_is_known_by_its_name(closed: Path) -> None:
    closed.chmod(0)
    try:
        assert is_root(closed)
        with pytest.raises(InputError, match="permission denied"):
            read_root("root", closed)
    finally:
        closed.chmod(0o700)
