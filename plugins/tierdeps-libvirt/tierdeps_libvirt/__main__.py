"""``tierdeps-libvirt``: configure which program starts the guests of a host at boot."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierdeps import RunError
from tierdeps_libvirt._ownboot import OLDEST, UNIT, OwnBoot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: How long systemd may take to read its units again, in seconds.
RELOAD_S = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 2 for what the user has to change, 4 for what failed."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_usage(sys.stderr)
        return 2
    try:
        for line in _own_boot(chosen):
            print(line)  # noqa: T201  the answer
    except RunError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  and what is wrong
        return 4
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("tierdeps-libvirt", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    own = commands.add_parser(
        "own-boot",
        help="have tierdeps start the guests at boot, in place of libvirt's daemons",
        description="Have tierdeps start the guests at boot, in the order that they request, not libvirt's daemons.",
    )
    own.add_argument("--undo", action="store_true", help="leave the guests to libvirt's daemons again")
    own.add_argument(
        "--status", action="store_true", help="print which program starts the guests, and which files are missing"
    )
    own.add_argument(
        "--now", action="store_true", help="also for the current boot, if the daemons have not started yet"
    )
    own.add_argument("--root", type=Path, default=Path("/"), metavar="DIR", help="a host's root other than /")
    own.add_argument("--jobs", type=_count, metavar="N", help="start at most N guests, pools and networks at a time")
    own.add_argument("--config", type=Path, metavar="FILE", help="the settings of that start, such as delay")
    own.add_argument(
        "graph", nargs="*", default=["/etc/libvirt"], help="what is started [default: /etc/libvirt]", metavar="GRAPH"
    )
    return parser


def _own_boot(chosen: argparse.Namespace) -> Iterator[str]:
    """Yield what is done."""
    own = OwnBoot(chosen.root, _command(chosen))
    if chosen.status:
        yield from _status(own)
        return
    if chosen.undo:
        yield from (f"removed {file}" for file in own.undo())
        yield from _reload(own)
        yield "libvirt's daemons start the guests that are marked autostart, from the next boot on"
        return
    _refuse_old(own)
    yield from (f"wrote {file}" for file in own.install())
    if chosen.now:
        yield from (f"made {file}" for file in own.hold())
    yield from _reload(own)
    yield f"tierdeps starts the guests, from the next boot on: {own.command}"


def _status(own: OwnBoot) -> Iterator[str]:
    if not own.marker.is_file():
        yield "libvirt's daemons start the guests that are marked autostart; own-boot has tierdeps start them"
        return
    missing = own.missing()
    if missing:
        names = ", ".join(map(str, missing))
        raise RunError(f"tierdeps is to start the guests, but {names} is not as it was written: run own-boot again")
    yield "tierdeps starts the guests"


def _count(text: str) -> int:
    if text.isascii() and text.isdecimal() and int(text) >= 1:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")


def _command(chosen: argparse.Namespace) -> str:
    """Return what the unit runs: the tierdeps that this is installed beside."""
    beside = Path(sys.executable).with_name("tierdeps")
    program = str(beside) if beside.is_file() else shutil.which("tierdeps") or "tierdeps"
    options = [] if chosen.jobs is None else ["--jobs", str(chosen.jobs)]
    if chosen.config is not None:
        options += ["--config", str(chosen.config.absolute())]  # the unit runs in another folder
    return shlex.join([program, "start", "--leave-running", *options, *chosen.graph])


def _refuse_old(own: OwnBoot) -> None:
    """Raise RunError for a libvirt that starts what is marked at every start of a daemon."""
    if own.root != Path("/"):
        return
    from tierdeps_libvirt._library import load_library, version_text

    try:
        library: Any = load_library()
        version: int = library.getVersion()
    except ImportError:  # only the start of guests needs it, and reports that it is missing
        return
    if version < OLDEST:
        raise RunError(
            f"libvirt {version_text(version)} starts what is marked whenever a daemon starts; own-boot needs 5.9.0"
        )


def _reload(own: OwnBoot) -> Iterator[str]:
    """Have systemd read its units again, where it runs."""
    if own.root != Path("/") or not Path("/run/systemd/system").is_dir():
        return
    program = shutil.which("systemctl")
    if program is None:
        return
    done = subprocess.run(  # noqa: S603  systemd's own program
        [program, "daemon-reload"], capture_output=True, text=True, timeout=RELOAD_S, check=False, env={**os.environ}
    )
    if done.returncode:
        raise RunError(
            f"systemctl daemon-reload: {done.stderr.strip() or done.returncode}; {UNIT} is not known to systemd yet"
        )
    yield "systemd has read its units again"


if __name__ == "__main__":
    sys.exit(main())
