"""How a process that is up is checked."""

from __future__ import annotations

import re

from tierdeps._util.frozen import Value, force_setattr
from tierdeps._util.seconds import is_seconds, range_text
from tierdeps.errors import DeclarationError

#: The kinds of probes that can be tried again and again.
PROBES = '"tcp:HOST:PORT", "http://...", "https://..." or "exec:COMMAND"'
#: How long one attempt may take where nothing else is said, in seconds.
DEFAULT_TIMEOUT_S = 2.0
_TCP = re.compile(r"tcp:(\S+):(\d{1,5})")
_URL = re.compile(r"https?://\S+")
#: No port can have another number.
_PORTS = range(1, 1 << 16)


class Alive(Value):
    """The probe of a process that is up, as in ``ready``; an attempt ends at most ``every`` seconds after the last.

    After so many ``failures`` in a row the process is restarted or lost, by its policy. ``timeout`` is how long one
    attempt may take, in seconds: 2, or half of ``every`` if that is less, where it is None.
    Raises DeclarationError for a value that cannot be.
    """

    probe: str
    every: float = 10.0
    failures: int = 3
    timeout: float | None = None

    def __post_init__(self) -> None:
        from tierdeps.model.variables import sample

        if not isinstance(self.probe, str) or not is_probe(sample(self.probe)):
            raise DeclarationError("alive of a process", PROBES, self.probe)
        for name, value in (("every", self.every), ("timeout", self.timeout)):
            if value is not None and not is_seconds(value):
                raise DeclarationError(f"{name} of alive", range_text(), value)
        if not isinstance(self.failures, int) or isinstance(self.failures, bool) or self.failures < 1:
            raise DeclarationError("failures of alive", "a whole number, 1 or more", self.failures)
        if self.timeout is None:
            force_setattr(self, "timeout", min(DEFAULT_TIMEOUT_S, self.every / 2))
        elif self.timeout > self.every:
            raise DeclarationError("timeout of alive", f"at most every, {self.every:g} s", self.timeout)

    @property
    def timeout_s(self) -> float:
        """How long one attempt may take, in seconds."""
        return self.timeout if self.timeout is not None else DEFAULT_TIMEOUT_S


def is_probe(text: object) -> bool:
    """Return whether a text is a probe: ``tcp:``, ``exec:``, ``http://`` or ``https://``."""
    if not isinstance(text, str) or "\0" in text:
        return False
    if text.startswith("exec:"):
        return _is_command(text.removeprefix("exec:"))
    if found := _TCP.fullmatch(text):
        return int(found[2]) in _PORTS and _is_host(found[1].removeprefix("[").removesuffix("]"))
    return _URL.fullmatch(text) is not None and _is_url(text)


def _is_command(text: str) -> bool:
    from shlex import split

    try:
        words = split(text)
    except ValueError:  # a quote that is not closed
        return False
    return bool(words and words[0])


def _is_host(name: str) -> bool:
    """Return whether a text can be a host name."""
    try:
        return bool(name.encode("idna"))
    except UnicodeError:
        return False


def _is_url(text: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    return (port is None or port in _PORTS) and parts.hostname is not None and _is_host(parts.hostname)
