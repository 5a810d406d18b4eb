"""What the configuration adds to the words of a script: ``rc_need`` in ``conf.d/NAME``, ``rc_NAME_need`` in rc.conf."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps import replace
from tierdeps_boot._files import is_within, read_text, shown
from tierdeps_boot._names import Name
from tierdeps_boot._problems import Place
from tierdeps_boot.openrc.service import PROVIDE, WORDS, Use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tierdeps_boot._problems import Problems
    from tierdeps_boot.openrc.service import Service

_LINE = re.compile(rf"\s*rc_(?:(\w+)_)?({'|'.join((*WORDS, PROVIDE))})=(\"[^\"]*\"|'[^']*'|\S*)\s*(?:#.*)?")
_COMPUTED = re.compile(r"[$`]")


def configured(service: Service, etc: Path, problems: Problems) -> Service:
    """Return a service with what its configuration adds, and without what that takes back (``!NAME``)."""
    uses, provides, removed = list(service.uses), list(service.provides), set()
    for place, word, name in _said(service.name, etc, problems):
        if name.startswith("!"):
            removed.add((word, name[1:]))
        elif word == PROVIDE:
            provides.append(name)
        else:
            uses.append(Use(word, Name(place, name)))
    return replace(
        service,
        uses=tuple(use for use in uses if (use.word, use.name.text) not in removed),
        provides=tuple(dict.fromkeys(name for name in provides if (PROVIDE, name) not in removed)),
    )


def _said(service: str, etc: Path, problems: Problems) -> Iterator[tuple[Place, str, str]]:
    """Yield each name of each word that the configuration has for a service."""
    own = re.sub(r"\W", "_", service)
    for file, prefix in ((etc / "rc.conf", own), (etc / "conf.d" / service, None)):
        if not file.is_file() or not is_within(file, etc):
            continue
        for number, line in enumerate((read_text(file, problems) or "").split("\n"), 1):
            found = _LINE.fullmatch(line)
            if found is None or found[1] != prefix:
                continue
            place, value = Place(shown(file), number), found[3].strip("\"'")
            if _COMPUTED.search(value):
                message = f"{found[2]} of {service!r} is {value!r}, which is only known when it runs"
                problems.warning(place, message, service)
            else:
                yield from ((place, found[2], name) for name in value.split())
