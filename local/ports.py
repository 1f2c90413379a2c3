"""TCP ports on 127.0.0.1: which the stack uses, which are free, and who holds the others."""

import random
import re
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from local import processes
from local.processes import Process

HOST = "127.0.0.1"
_LISTEN = "0A"  # the state column of /proc/net/tcp
_UNASSIGNED = range(20_000, 32_000)


@dataclass(frozen=True)
class Ports:
    """Where each part of a stack listens; the defaults are those that clients know."""

    firestore: int = 8080
    auth: int = 9099
    functions: int = 5001
    pubsub: int = 8085
    tasks: int = 9499
    hosting: int = 5000
    stripe: int = 8420
    eventarc: int = 9299
    hub: int = 4400
    logging: int = 4500
    websocket: int = 9150

    @classmethod
    def free(cls) -> Self:
        """Ports that nobody held just now, so that a stack can run beside another."""
        names = [field.name for field in fields(cls)]
        return cls(**dict(zip(names, free_ports(len(names)), strict=True)))

    def named(self) -> dict[str, int]:
        """The port of each part, by its name here."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def free_ports(count: int) -> list[int]:
    """`count` distinct ports that nobody holds just now; somebody may take one before you do.

    They lie below those that systems give to outgoing connections, which would be the likeliest
    to take one.
    """
    free: list[int] = []
    for port in random.sample(_UNASSIGNED, len(_UNASSIGNED)):
        if len(free) == count:
            break
        if not is_busy(port):
            free.append(port)
    return free


def is_busy(port: int) -> bool:
    """Whether `port` cannot be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        if probe.connect_ex((HOST, port)) == 0:  # it may listen on every address, not just ours
            return True
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections do not count
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


@dataclass(frozen=True)
class BusyPort:
    """A port that is needed and taken, and by whom as far as this user may see."""

    part: str
    port: int
    holders: tuple[Process, ...]

    def __str__(self) -> str:
        by = ", ".join(f"process {p.pid} ({p.command[:120]})" for p in self.holders)
        by = by or "a process of another user or container"
        return f"Port {self.port}, which {self.part} needs, is held by {by}."


def busy_ports(needed: Iterable[tuple[str, int]]) -> list[BusyPort]:
    """Those of the `needed` parts' ports that are taken."""
    taken = [(part, port) for part, port in needed if is_busy(port)]
    running = processes.table() if taken else {}
    return [
        BusyPort(
            part, port, tuple(running[pid] for pid in sorted(listeners(port)) if pid in running)
        )
        for part, port in taken
    ]


def listeners(port: int) -> set[int]:
    """The pids that listen on `port`, as far as this user may see them."""
    if Path("/proc/net/tcp").exists():
        return _holders_of_sockets(set(_listening_sockets(port)))
    if lsof := shutil.which("lsof"):
        command = [lsof, "-nP", "-t", f"-iTCP:{port}", "-sTCP:LISTEN"]
        listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return {int(pid) for pid in listing.split()}
    return set()


def _listening_sockets(port: int) -> Iterator[str]:
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if table.exists():
            for line in table.read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == _LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                    yield f"socket:[{columns[9]}]"


def _holders_of_sockets(sockets: set[str]) -> set[int]:
    found = set()
    for process in Path("/proc").iterdir():
        if not re.fullmatch(r"\d+", process.name):
            continue
        try:
            handles = list((process / "fd").iterdir())
            if any(str(handle.readlink()) in sockets for handle in handles):
                found.add(int(process.name))
        except OSError:  # it ended while we looked, or is somebody else's
            continue
    return found
