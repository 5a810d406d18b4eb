"""Descriptors that are polled together are reported one by one."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tierdeps.processes.fd_poller import FdPoller


def test_each_descriptor_is_reported_until_it_is_removed() -> None:
    async def main() -> None:
        heard: list[str] = []
        (one, to_one), (other, to_other) = os.pipe(), os.pipe()
        readers = FdPoller()
        readers.add(one, lambda: heard.append(f"one {os.read(one, 9).decode()}"))
        readers.add(other, lambda: heard.append(f"other {os.read(other, 9).decode()}"))
        os.write(to_other, b"a")
        await asyncio.sleep(0.01)
        assert heard == ["other a"]
        os.write(to_one, b"b")
        await asyncio.sleep(0.01)
        assert heard == ["other a", "one b"]
        readers.remove(one)
        os.write(to_one, b"c")
        os.close(to_other)
        await asyncio.sleep(0.01)
        assert set(heard[2:]) == {"other "}
        readers.remove(other)
        for descriptor in (one, to_one, other):
            os.close(descriptor)

    asyncio.run(main())


def test_a_descriptor_that_another_callback_removed_is_not_reported() -> None:
    async def main() -> list[str]:
        heard: list[str] = []
        pipes = [os.pipe(), os.pipe()]
        readers = FdPoller()

        def only(number: int) -> None:
            heard.append(f"{number}")
            for reader, _ in pipes:
                readers.remove(reader)

        for number, (reader, writer) in enumerate(pipes):
            readers.add(reader, lambda number=number: only(number))  # type: ignore[misc]
            os.write(writer, b"x")
        await asyncio.sleep(0.01)
        for descriptor in (descriptor for pipe in pipes for descriptor in pipe):
            os.close(descriptor)
        return heard

    assert len(asyncio.run(main())) == 1


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_nothing_is_left_of_it_when_nothing_is_watched() -> None:
    async def main() -> None:
        reader, writer = os.pipe()
        before, readers = descriptors(), FdPoller()
        for _ in range(3):
            readers.add(reader, lambda: None)
            assert descriptors() == before + 1
            readers.remove(reader)
            assert descriptors() == before
        os.close(reader)
        os.close(writer)

    asyncio.run(main())


def test_an_exception_without_an_owner_goes_to_the_handler_of_the_loop() -> None:
    async def main() -> None:
        told: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        error = ValueError("ours")

        def fail() -> None:
            raise error

        reader, writer = os.pipe()
        readers = FdPoller()
        readers.add(reader, fail)
        os.write(writer, b"x")
        while not told:  # noqa: ASYNC110  the loop tells nobody else
            await asyncio.sleep(0)
        assert told == [{"message": "a callback of a descriptor raised", "exception": error}]
        os.close(reader)
        os.close(writer)

    asyncio.run(main())
