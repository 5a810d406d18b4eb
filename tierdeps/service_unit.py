"""The systemd unit of a service that starts a graph: its text, with as much of a sandbox as the drivers allow.

The directives are those of ``systemd.service(5)``, ``systemd.kill(5)`` and ``systemd.exec(5)``.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Plan, Process

#: Programs that gain rights when they are run, which NoNewPrivileges= prevents.
GAINING_RIGHTS = frozenset({"bwrap", "doas", "fusermount", "fusermount3", "pkexec", "podman", "su", "sudo"})
#: Exit codes after which another attempt cannot help: the graph, the command line or a plugin is wrong.
FUTILE = "1 2 3"
#: How many drivers a comment names.
MAX_NAMED = 5
#: What a service hardly ever needs, whatever its drivers run.
ALWAYS = ("LockPersonality=yes", "SystemCallArchitectures=native")
#: What a service manager of the system adds where only processes are run.
PROCESSES = (
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
)
#: What it adds where none of these processes runs as root.
UNPRIVILEGED = (
    "PrivateDevices=yes",
    "ProtectKernelTunables=yes",
    "ProtectSystem=full",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "SystemCallErrorNumber=EPERM",
    "SystemCallFilter=@system-service",
)
#: Folders of users: a declaration that names one may write there.
HOMES = ("/home/", "/root/", "/run/user/", "~")
#: What tierdeps needs to start processes as other users, to find them and to stop them.
CAPABILITIES = "CAP_SETUID CAP_SETGID CAP_KILL CAP_SYS_PTRACE CAP_DAC_OVERRIDE"
ROOT = ("root", "0")
_SAFE = re.compile(r"[A-Za-z0-9_@/.,:=+-]+")


class ServiceUnit(Value):
    """A unit to write; ``start`` and ``reload`` are command lines, with absolute paths, and ``folder`` is their folder.

    ``title`` says what is started, in a few words.
    ``user`` is the account that it runs as, None for the manager's own; ``own_manager`` says that the unit is for a
    user's service manager (``systemctl --user``). ``written_by`` is the command that wrote it.
    """

    name: str
    title: str
    plan: Plan
    start: tuple[str, ...]
    reload: tuple[str, ...]
    folder: str
    written_by: str
    user: str | None = None
    own_manager: bool = False

    def lines(self) -> Iterator[str]:
        """Yield the lines of the unit."""
        yield f"# Written by: {_plain(self.written_by)}"
        yield "[Unit]"
        yield f"Description={_plain(self.title)}, started in order by tierdeps"
        yield "StartLimitIntervalSec=300"
        yield "StartLimitBurst=5"
        if not self.own_manager:
            yield "Wants=network-online.target"
            yield "After=network-online.target"
        yield ""
        yield "[Service]"
        yield from self._service()
        yield ""
        yield from self._sandbox()
        yield ""
        yield "[Install]"
        yield f"WantedBy={'default' if self.own_manager else 'multi-user'}.target"

    def _service(self) -> Iterator[str]:
        yield "# Started once all drivers are ready. While drivers start and stop, tierdeps extends the timeouts."
        yield "Type=notify"
        if self.user is not None:
            yield f"User={_plain(self.user)}"
        yield f"WorkingDirectory={_plain(self.folder)}"
        yield f"ExecStart={command(self.start)}"
        yield f"ExecReload={command(self.reload)}"
        if self._runs_plugins:
            yield "# Only tierdeps is stopped: what plugins started, a guest for example, may have to outlive it."
            yield "KillMode=process"
        else:
            yield "# Only tierdeps gets the signal; it stops the processes in reverse order."
            yield "KillMode=mixed"
        yield "Restart=on-failure"
        yield "RestartSec=5"
        yield "# The graph, the settings or a plugin is wrong: another attempt cannot help."
        yield f"RestartPreventExitStatus={FUTILE}"
        yield "# A cgroup for each driver, which none of its processes can leave."
        yield "Delegate=yes"
        if self.user is not None:
            yield "# The journal and the control socket; tierdeps status needs these variables too."
            yield f"StateDirectory={self.name}"
            yield f"RuntimeDirectory={self.name}"
            yield "RuntimeDirectoryPreserve=restart"
            yield f"Environment=XDG_STATE_HOME=/var/lib/{self.name} XDG_RUNTIME_DIR=/run/{self.name}"

    def _sandbox(self) -> Iterator[str]:
        yield "# Sandbox: what the drivers do not need by their declarations. Remove what one of them needs after all."
        yield from ALWAYS
        if self._runs_plugins:
            yield f"# {_names(self._plugins)}: run the code of plugins, which may need anything else."
            return
        gaining = [name for name, process in self._processes.items() if _program(process) in GAINING_RIGHTS]
        if gaining:
            yield f"# {_names(gaining)}: runs a program that gains rights, so NoNewPrivileges= is not set."
        else:
            yield "NoNewPrivileges=yes"
        if self.own_manager:
            return
        yield from PROCESSES
        as_root = self._as_root
        if as_root:
            yield f"# {_names(as_root)}: runs as root, so the file system and the capabilities stay as they are."
            return
        yield from UNPRIVILEGED
        if not gaining:
            yield f"CapabilityBoundingSet={'' if self._has_account else CAPABILITIES}"
        if self._has_account and not self._names_a_home:
            yield "ProtectHome=read-only"

    @property
    def _runs_plugins(self) -> bool:
        return bool(self._plugins)

    @property
    def _plugins(self) -> list[str]:
        return [driver.name for driver in self.plan if driver.lifecycle is not None and driver.process is None]

    @property
    def _processes(self) -> dict[str, Process]:
        return {driver.name: driver.process for driver in self.plan if driver.process is not None}

    @property
    def _has_account(self) -> bool:
        """Whether the service itself does not run as root."""
        return self.user not in (None, *ROOT)

    @property
    def _as_root(self) -> list[str]:
        """The drivers whose processes run as root."""
        own = ROOT if self._has_account else (None, *ROOT)
        return [name for name, process in self._processes.items() if process.user in own]

    @property
    def _names_a_home(self) -> bool:
        texts = (
            text
            for process in self._processes.values()
            for text in (*process.command, process.cwd or "", *(value for _, value in process.env))
        )
        return any(home in f"{text}/" for text in texts for home in HOMES)


def _program(process: Process) -> str:
    return PurePosixPath(process.command[0]).name


def command(words: tuple[str, ...]) -> str:
    """Return a command as ``ExecStart=`` reads it back: it runs no shell, but has variables and specifiers."""
    return " ".join(_word(word) for word in words)


def _word(text: str) -> str:
    text = text.replace("%", "%%").replace("$", "$$")
    if _SAFE.fullmatch(text):
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    return sign if sign.isprintable() else "".join(f"\\x{byte:02x}" for byte in sign.encode(errors="surrogateescape"))


def _plain(text: str) -> str:
    """Return text for a value that is not split into words: on one line, with specifiers escaped."""
    return "".join(sign if sign.isprintable() else "?" for sign in text).replace("%", "%%")


def _names(names: list[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return _plain(", ".join(names[:MAX_NAMED])) + more
