"""A process of ``benchmarks.soak``: it writes, and ends or hangs at a random time; ``NAME SEED MEAN TRAIT...``.

Its folder counts how often it was started, so that each start has a lifetime and an end of its own, by the seed.
"""

import os
import random
import signal
import socket
import sys
import time
from pathlib import Path

#: Ends, each as often as it is listed: with a code, by a signal, or not at all.
ENDS = ("1", "1", "1", "0", "0", "KILL", "SEGV", "hang", "hang", "hang")
#: What a noisy process writes in a second, and what the other ones write now and then.
NOISE, LINE = "a line of a noisy process, by which its log is rotated again and again\n" * 200, "a line\n"


def start_number(name: str) -> int:
    """Count this start, and return its number."""
    with Path(f"{name}.starts").open("a") as file:
        file.write(".")
        return file.tell()


def spawn_child(*, own_session: bool) -> None:
    """Start a process that does not end by itself."""
    os.posix_spawnp("sleep", ("sleep", "100000"), os.environ, setsid=own_session)


def listener(port: int) -> socket.socket:
    """Listen; connections are accepted by the kernel alone, until there are too many."""
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen()
    server.setblocking(False)
    return server


def report_ready() -> None:
    """Report in each of the ways that the graph may ask for."""
    print("up", flush=True)
    if "READY_FD" in os.environ:
        os.write(int(os.environ["READY_FD"]), b"up\n")
    if "NOTIFY_SOCKET" in os.environ:
        address = os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"READY=1", address)


def accept_all(server: socket.socket | None) -> None:
    """Close what has connected."""
    while server is not None:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return


def end(how: str, well: Path, server: socket.socket | None) -> None:
    """End, or stop answering."""
    if how == "hang":
        well.unlink(missing_ok=True)
        if server is not None:
            server.close()
        while True:
            time.sleep(1000)
    if how.isdigit():
        sys.exit(int(how))
    os.kill(os.getpid(), getattr(signal, f"SIG{how}"))


def main(name: str, seed: str, mean: str, *traits: str) -> None:
    """Run until the end."""
    lot = random.Random(f"{seed} {name} {start_number(name)}")  # noqa: S311
    ends_at = time.monotonic() + 1 + lot.expovariate(1 / float(mean))
    how = lot.choice(ENDS if "alive" in traits else ENDS[:-3])
    if "stubborn" in traits:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "child" in traits or "daemon" in traits:
        spawn_child(own_session="daemon" in traits)
    port = int(os.environ.get("PORT", "0"))
    server = listener(port) if port else None
    well = Path(f"{name}.well")
    well.touch()
    report_ready()
    pause = 1.0 if "noisy" in traits else 5.0
    while (left := ends_at - time.monotonic()) > 0:
        time.sleep(min(left, pause))
        accept_all(server)
        print(NOISE if "noisy" in traits else LINE, end="", flush=True)
        print("a line on the other stream", file=sys.stderr, flush=True)
    end(how, well, server)


if __name__ == "__main__":
    main(*sys.argv[1:])
