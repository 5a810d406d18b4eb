"""Dask is imported only for a run on it: that takes longer than most commands."""

from __future__ import annotations

import subprocess
import sys


def test_commands_and_engines_do_not_import_dask() -> None:
    code = (
        "import sys, tierdeps, tierdeps.cli.start, tierdeps.cli.worker, tierdeps.engines.dask\n"
        "import tierdeps.cli.run.runner, tierdeps.engines.fleet.session\n"
        "print(sorted({'dask', 'distributed'} & set(sys.modules)))"
    )
    assert subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True).stdout == "[]\n"
