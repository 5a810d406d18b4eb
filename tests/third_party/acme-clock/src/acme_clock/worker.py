"""The worker process of the engine: ``python -m acme_clock.worker``."""

from __future__ import annotations

import asyncio
import os
import sys

from acme_clock.messages import Cancel, Invoke, Load, Noticed, Reply, line, to_worker
from tierdeps import LifecycleHost, RemoteFailure, local_engine


async def main() -> None:
    """Serve requests until the standard input ends."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what drivers print is no message
    host = LifecycleHost(local_engine().open(), lambda notice: out.write(line(Noticed(notice))))
    tasks: dict[int, asyncio.Task[None]] = {}

    async def serve(request: Load | Invoke) -> None:
        try:
            result: object = await (host.load(request.driver) if isinstance(request, Load) else host.call(request.call))
        except BaseException as error:  # noqa: BLE001  whatever a driver raises
            out.write(line(Reply(request.number, failure=RemoteFailure.of(error))))
        else:
            out.write(line(Reply(request.number, result)))

    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for text in reader:
        request = to_worker.decode(text)
        if isinstance(request, Cancel):
            tasks[request.number].cancel()
        else:
            tasks[request.number] = asyncio.create_task(serve(request))
    host.close()


if __name__ == "__main__":
    asyncio.run(main())
