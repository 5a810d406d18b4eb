"""One target under atheris: ``python -m tests.hostile.libfuzzer TARGET SEED CORPUS FAULTS SECONDS``.

The inputs are the bytes that the target reads, as everywhere else. libFuzzer starts with valid ones and with those that
Hypothesis made, and knows the target's words; every second mutation is one that knows the syntax.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.hostile.shrink import shrunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.hostile.target import Target

#: The packages whose edges are counted: ours, and the parsers of Python that we use.
INSTRUMENTED = ["tierdeps", "tierdeps_libvirt", "tomllib", "yaml", "configparser"]
#: The maximal length of an input, unless a valid one is longer.
MAX_INPUT_BYTES = 1 << 12


class Recorder:
    """Runs inputs on a target, and writes each fault to a file once, in its smallest form."""

    def __init__(self, target: Target, faults: Path) -> None:
        self._target = target
        self._faults = faults
        self._seen = set[str]()

    def __call__(self, data: bytes) -> None:
        """Try an input; whatever it shows, the next one can be tried."""
        from tests.hostile.tally import Fault

        error = self._error(data)
        if error is None:
            return
        fault = Fault.of(error, data)
        if fault.place not in self._seen:
            self._seen.add(fault.place)
            small = shrunk(data, lambda other: self._place(other) == fault.place)
            fault = Fault.of(self._error(small) or error, small)
            with self._faults.open("a") as file:
                file.write(json.dumps([fault.text, fault.place, fault.data.hex()]) + "\n")

    def _error(self, data: bytes) -> Exception | None:
        from tests.hostile.fuzz import try_input

        try:
            try_input(self._target, data, counting=False)
        except Exception as error:  # noqa: BLE001  whatever it is, it is a fault
            return error
        return None

    def _place(self, data: bytes) -> str | None:
        from tests.hostile.tally import place_of

        error = self._error(data)
        return None if error is None else place_of(error)


def made_inputs(target: Target, seed: int) -> list[bytes]:
    """Return as many inputs as the tests try, which Hypothesis makes of a seed, without trying them."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    made = list[bytes]()

    @seeded(seed)
    @settings(
        max_examples=target.quick,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(data=target.inputs)
    def attempt(data: bytes) -> None:
        made.append(data)

    attempt()
    return made


def write_seeds(target: Target, seed: int, folder: Path) -> int:
    """Write the inputs to start with; return the length of the longest."""
    from tests.hostile.regressions import kept

    folder.mkdir(parents=True, exist_ok=True)
    seeds = [*target.valid, *(path.read_bytes() for path in kept(target.name)), *made_inputs(target, seed)]
    for number, data in enumerate(seeds):
        (folder / f"seed-{number:04}").write_bytes(data)
    return max(map(len, seeds))


def dictionary(tokens: Iterable[str]) -> str:
    """Return words as libFuzzer reads them from a file."""
    return "".join(
        f'"{"".join(f"{chr(92)}x{byte:02x}" for byte in token.encode(errors="surrogatepass"))}"\n' for token in tokens
    )


def words_of(valid: Iterable[bytes]) -> list[str]:
    """Return the words of inputs, in order."""
    return sorted({word.decode() for data in valid for word in re.findall(rb"[A-Za-z][\w.-]{1,23}", data)})


def mutator(native: Callable[[bytes, int], bytes]) -> Callable[[bytes, int, int], bytes]:
    """Return what changes an input: libFuzzer's own way, or one that moves and replaces words."""
    from tests.test_damaged_inputs import damaged

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)  # noqa: S311  no secret
        if seed % 2 and data.translate(None, b'",').split():
            return damaged(data, random)[:most]
        return native(data, most)

    return mutate


def main() -> None:
    """Fuzz until the time has passed; libFuzzer ends this process."""
    import atheris

    name, seed, corpus, faults, seconds = sys.argv[1:]
    with atheris.instrument_imports(include=INSTRUMENTED):
        from tests.hostile.targets import all_targets

        (target,) = (one for one in all_targets() if one.name == name)
        folder = Path(corpus).resolve()
        words = Path(faults).with_name("dictionary")
        words.write_text(dictionary([*target.tokens, *words_of(target.valid)]))
        longest = max(MAX_INPUT_BYTES, write_seeds(target, int(seed), folder))
        options = {
            "seed": int(seed) % (1 << 32) or 1,
            "max_total_time": max(1, int(seconds)),  # 0 is for ever
            "max_len": longest,
            "len_control": 0,
            "dict": words,
            "artifact_prefix": f"{words.parent}/",
            "rss_limit_mb": 4096,
            "timeout": 900,  # what waits for ever; the target itself limits the processor time
            "detect_leaks": 0,
            "print_final_stats": 1,
        }
        flags = [f"-{option}={value}" for option, value in options.items()]
        mutate = mutator(lambda data, most: atheris.Mutate(data, most))  # noqa: PLW0108  set by Fuzz
        atheris.Setup([sys.argv[0], *flags, str(folder)], Recorder(target, Path(faults)), custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
