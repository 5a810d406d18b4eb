"""``python -m benchmarks.units [UNITS]``: units of systemd from the files to the findings, beside systemd-analyze.

The units are generated: services with the directives, drop-ins and links that those of Debian have, of which there are
491 in Debian 13. ``verify`` asks for the manual page of each unit as it does by default; with ``--man=no`` it does not.
``--tree DIR`` measures an unpacked tree instead.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.turns import medians, run

COUNT = 491
ROUNDS = 5
ROW = "{:<30} {:>9} {:>9} {:>8}"
FOLDER = "usr/lib/systemd/system"
#: What tierdeps may take of what verify takes.
LIMIT = 0.3
#: What each generated unit needs.
TARGETS = {
    "sysinit.target": "After=local-fs.target",
    "basic.target": "Requires=sysinit.target\nAfter=sysinit.target sockets.target",
    "multi-user.target": "Requires=basic.target\nAfter=basic.target",
}
OTHERS = ("local-fs", "sockets", "timers", "shutdown", "umount", "network", "network-online", "time-sync", "paths")


def write(root: Path, count: int) -> list[str]:
    """Write so many units, enabled for the default target; return their names."""
    folder = root / FOLDER
    wants = folder / "multi-user.target.wants"
    wants.mkdir(parents=True)
    texts = {name: f"[Unit]\n{text}\n" for name, text in TARGETS.items()}
    texts |= {f"{name}.target": f"[Unit]\nDescription={name}\n" for name in OTHERS}
    for number in range(count - len(texts)):
        texts[f"unit{number:04}.service"] = _service(number)
    for name, text in texts.items():
        (folder / name).write_text(text)
        if name.startswith("unit"):
            (wants / name).symlink_to(f"../{name}")
    (folder / "default.target").symlink_to("multi-user.target")
    return sorted(texts)


def _service(number: int) -> str:
    needed = " ".join(f"unit{other:04}.service" for other in range(max(0, number - 3), number))
    return f"""\
# This file is generated.
[Unit]
Description=Unit {number}
Documentation=man:systemd.unit(5)
After=network.target {needed}
Wants=network-online.target
{"Requires=" if number % 7 == 0 else "Wants="}{needed}
ConditionPathExists=!/run/absent{number}

[Service]
Type=oneshot
ExecStart=/bin/true
StateDirectory=unit{number}
PrivateTmp={"yes" if number % 3 == 0 else "no"}

[Install]
WantedBy=multi-user.target
"""


def rows(tree: Path, names: list[str]) -> bool:
    """Print a row for each command; return whether tierdeps takes no more than it may."""
    verify = shutil.which("systemd-analyze")
    commands = {"tierdeps check": [sys.executable, "-m", "tierdeps", "check", str(tree)]}
    if verify is not None:
        commands["systemd-analyze verify --man=no"] = [verify, "verify", "--man=no", *names]
    folders = (tree / "etc/systemd/system", tree / FOLDER, tree / "lib/systemd/system")
    environment = {"SYSTEMD_UNIT_PATH": ":".join(map(str, folders))}
    taken = medians(commands, ROUNDS, tree, environment)
    if verify is not None:
        taken["systemd-analyze verify"] = run([verify, "verify", *names], tree, environment).seconds
    ours = taken.pop("tierdeps check")
    print(ROW.format("units", len(names), "seconds", "share"))
    print(ROW.format("tierdeps check", "", f"{ours:.2f}", ""))
    for name, seconds in taken.items():
        print(ROW.format(name, "", f"{seconds:.2f}", f"{ours / seconds:.2f}"), flush=True)
    return ours <= LIMIT * taken.get("systemd-analyze verify", ours / LIMIT)


def main(arguments: list[str]) -> int:
    """Measure generated units, or those of a tree; return 1 if tierdeps takes more than it may."""
    if arguments[:1] == ["--tree"]:
        tree = Path(arguments[1]).resolve()
        found = {path.name for path in tree.glob("*/systemd/system/*.*")} | {
            path.name for path in tree.glob("usr/lib/systemd/system/*.*")
        }
        kinds = (".service", ".socket", ".target", ".timer", ".mount", ".path", ".slice", ".swap", ".automount")
        return int(not rows(tree, sorted(name for name in found if name.endswith(kinds) and "@." not in name)))
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        names = write(tree, int(arguments[0]) if arguments else COUNT)
        return int(not rows(tree, names))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
