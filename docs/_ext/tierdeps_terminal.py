"""What a terminal shows, as SVG: commands are run on a pseudo-terminal as the documentation is built."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text
from sphinx.errors import ExtensionError
from tierdeps_pictures import TIMEOUT_S, Picture, environment

if TYPE_CHECKING:
    from docutils import nodes

WIDTH, HEIGHT = 88, 500
THEME = TerminalTheme(
    (24, 27, 33),
    (220, 223, 228),
    [(40, 44, 52), (224, 108, 117), (152, 195, 121), (229, 192, 123), (97, 175, 239), (198, 120, 221), (86, 182, 194),
     (171, 178, 191)],
    [(92, 99, 112), (255, 123, 133), (172, 215, 141), (249, 212, 143), (117, 195, 255), (218, 140, 241),
     (106, 202, 214), (255, 255, 255)],
)  # fmt: skip
#: As rich's own, but with fonts of the reader's: nothing is loaded from elsewhere.
FORMAT = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>{title}</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
 font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>{lines}</defs>
<rect fill="#181b21" width="100%" height="100%" rx="8"/>
<g transform="translate({terminal_x}, 14)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
#: What the format omits at the top: the bar with a title, in pixels.
BAR = 30


def printed(commands: list[str], root: Path, width: int = WIDTH) -> list[str]:
    """Return what commands print on a terminal, with colours. Raises ExtensionError if one is not there."""
    with tempfile.TemporaryDirectory() as state:
        folder = Path(state, "bin")
        folder.mkdir()
        script = folder / "tierdeps"
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tierdeps "$@"\n')
        script.chmod(0o755)
        own = {**environment(state)}
        own["PATH"] = f"{folder}{os.pathsep}{own.get('PATH', os.defpath)}"
        return [_on_terminal(command, root, own, width) for command in commands]


def _on_terminal(command: str, root: Path, own: dict[str, str], width: int) -> str:
    reader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, width, 0, 0))
    with subprocess.Popen(  # noqa: S603  what a page shows
        ["/bin/sh", "-c", command], cwd=root, env=own, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal
    ) as process:
        os.close(terminal)
        output = _read(reader)
        code = process.wait(TIMEOUT_S)
    if code in (2, 70, 126, 127):
        raise ExtensionError(f"{command!r} exits {code}: {output}")
    return screen(output).strip("\n")


def screen(output: str) -> str:
    """Return the lines that a terminal shows in the end: those that were erased or overwritten are gone.

    Of the codes that move the cursor it knows those that go up, go to the start of a line, and erase.
    """
    rows, row, fresh = [""], 0, True
    for part in re.split(r"(\x1b\[[0-9;?]*[A-HJKSTfhl]|\r\n|\r|\n)", output):
        if part in ("\r\n", "\n"):
            row, fresh = row + 1, True
            rows += [""] * (row + 1 - len(rows))
        elif part == "\r":
            fresh = True
        elif moved := re.fullmatch(r"\x1b\[(\d*)A", part):
            row = max(0, row - int(moved[1] or 1))
        elif re.fullmatch(r"\x1b\[[0-2]?K", part):
            rows[row] = ""
        elif re.fullmatch(r"\x1b\[0?J", part):
            rows[row:] = ["" if fresh else rows[row]]
        elif part and not re.fullmatch(r"\x1b\[[0-9;?]*[A-HJKSTfhl]", part):
            rows[row] = part if fresh else rows[row] + part
            fresh = False
    return "\n".join(rows)


def _read(reader: int) -> str:
    parts = []
    with open(reader, "rb", buffering=0) as stream:
        while True:
            try:
                part = stream.read(65536)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            parts.append(part)
    return b"".join(parts).decode(errors="replace")


def svg(sessions: list[tuple[str, str]], width: int = WIDTH) -> str:
    """Draw commands with what they print."""
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for number, (command, output) in enumerate(sessions):
        if number:
            console.print()
        console.print(Text.assemble(("$ ", "green"), (command, "bold")), soft_wrap=False)
        if output:
            console.print(Text.from_ansi(output), soft_wrap=False)
    identity = f"t{abs(hash_of(sessions)):x}"
    title = escape(sessions[0][0]).replace("{", "{{").replace("}", "}}")
    drawn = console.export_svg(theme=THEME, code_format=FORMAT.replace("{title}", title), unique_id=identity)
    width_and_height = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
    return width_and_height.sub(lambda box: f'viewBox="0 0 {box[1]} {float(box[2]) - BAR:g}"', drawn, count=1)


def hash_of(sessions: list[tuple[str, str]]) -> int:
    """Return a number that is the same in every build."""
    from zlib import crc32

    return crc32(repr(sessions).encode())


class Terminal(Picture):
    """``.. tierdeps-terminal::`` with a command on each line: what a terminal shows.

    The commands are run in the repository, with a journal of their own. ``width`` is that of the terminal.
    """

    option_spec = {"caption": str, "width": int}  # noqa: RUF012  Sphinx's own way

    def run(self) -> list[nodes.Node]:
        """Return the picture."""
        width = self.options.get("width", WIDTH)
        commands = [line for line in self.content if line.strip()]
        outputs = printed(commands, self.root, width)
        return self.shown(svg(list(zip(commands, outputs, strict=True)), width), "terminal")


def setup(app: Any) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("tierdeps-terminal", Terminal)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
