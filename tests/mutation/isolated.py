"""Run mutants of code that starts and kills processes: each in namespaces of its own, on a copy of the project.

As root: ``nice python -m tests.mutation.isolated --count 500 --tests tests/processes -- tierdeps/processes/*.py``

mutmut runs mutants inside of one process. Here the guard is a process of its own that sees no environment, so each
mutant is written to its file. A mutant may signal any process and empty any cgroup: it has process numbers and a
hierarchy of cgroups of its own, and the system is read-only for it. When its tests are over all that it started is
killed by the kernel.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

from mutmut.mutation.file_mutation import create_mutations, deep_replace

from tests.mutation.__main__ import interval

CGROUPS = Path("/sys/fs/cgroup/unified" if Path("/sys/fs/cgroup/unified").is_dir() else "/sys/fs/cgroup")
#: The tests get the copy to write to, and nothing else; their cgroup is the root of what they see.
ISOLATE = f"""
mount --bind "$1" "$1" && mount -o remount,bind,ro / || exit 90
umount -l {CGROUPS} && mount -t cgroup2 none {CGROUPS} || exit 90
cd "$1" && shift && exec "$@"
"""
UNSHARE = (
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "--cgroup",
    "sh",
    "-c",
    ISOLATE,
    "-",
)
PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=no")


class Mutant(NamedTuple):
    """One change: the whole text of a file with it, and the function that has it."""

    file: Path
    number: int
    function: str
    text: str


def mutants(files: list[Path]) -> list[Mutant]:
    """Return all mutants of the functions in some files, in order."""
    found = []
    for file in sorted(files):
        module, changes, _, _ = create_mutations(str(file), file.read_text("utf-8"))
        for number, change in enumerate(changes):
            function = change.contained_by_top_level_function
            if type(function).__name__ == "FunctionDef":  # one of libcst, which comes with mutmut
                text = deep_replace(module, change.original_node, change.mutated_node).code
                found.append(Mutant(file, number, function.name.value, text))
    return found


def enter(cgroup: Path) -> None:
    """Move this process to a cgroup."""
    (cgroup / "cgroup.procs").write_text("0")


def tests_of(file: Path, paths: list[str]) -> list[str]:
    """Return the tests to run, those that mirror the file first."""
    mirrored = [Path(path) / f"test_{file.stem}.py" for path in paths]
    return [*(str(path) for path in mirrored if path.is_file()), *paths]


def run(mutant: Mutant, copy: Path, paths: list[str], seconds: float) -> str:
    """Return what becomes of a mutant."""
    target, cgroup = copy / mutant.file, CGROUPS / f"mutant-{os.getpid()}"
    original = target.read_text("utf-8")
    cgroup.mkdir()
    (copy / "tmp").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(copy), "TMPDIR": str(copy / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
    target.write_text(mutant.text, "utf-8")
    command = [*UNSHARE, str(copy), sys.executable, *PYTEST, *tests_of(mutant.file, paths)]
    try:
        code = subprocess.run(
            command,
            env=environment,
            timeout=seconds,
            check=False,
            preexec_fn=partial(enter, cgroup),
            capture_output=True,
        ).returncode
    except subprocess.TimeoutExpired:
        return "timeout"
    finally:
        target.write_text(original, "utf-8")
        shutil.rmtree(copy / "tmp", ignore_errors=True)
        for folder, _, _ in os.walk(cgroup, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()
    return {0: "survived", 90: "not isolated"}.get(code, "killed")


def main() -> None:
    """Run a sample in random order: one that is interrupted is a sample too."""
    parser = ArgumentParser(prog="python -m tests.mutation.isolated", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--tests", nargs="+", required=True, help="what is to fail")
    parser.add_argument("--count", type=int, help="how many mutants to run; all, if not given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=900.0, help="in seconds, for each mutant")
    options = parser.parse_args()
    chosen = mutants(options.files)
    total = len(chosen)
    Random(options.seed).shuffle(chosen)  # noqa: S311  a sample is no secret
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name, "tierdeps")
        shutil.copytree(".", copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "mutants"), symlinks=True)
        unchanged = Mutant(options.files[0], 0, "", options.files[0].read_text("utf-8"))
        if run(unchanged, copy, options.tests, options.timeout) != "survived":
            sys.exit("the tests fail, or cannot be isolated, though nothing is changed")
        for mutant in chosen[: options.count]:
            result = run(mutant, copy, options.tests, options.timeout)
            counts[result] += 1
            print(f"{result}: {mutant.file}:{mutant.number} {mutant.function}", flush=True)  # noqa: T201
    caught, ran = counts["killed"] + counts["timeout"], counts.total()
    low, high = interval(caught, ran)
    share = f"{caught / ran:.1%} (95 %: {low:.1%} to {high:.1%})"
    print(f"{ran} of {total} mutants: {dict(counts)}; killed or out of time: {share}")  # noqa: T201


if __name__ == "__main__":
    main()
