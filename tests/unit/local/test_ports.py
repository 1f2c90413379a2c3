import os
import socket
from pathlib import Path

import pytest

from local import ports, processes
from local.ports import HOST, BusyPort, Ports, busy_ports, free_ports
from local.processes import Process


def test_a_free_port_is_not_busy() -> None:
    assert busy_ports([("the till", free_ports(1)[0])]) == []


@pytest.mark.parametrize("address", [HOST, "0.0.0.0"])
def test_a_busy_port_is_told_with_its_holder(address: str) -> None:
    with socket.create_server((address, 0)) as server:
        port = server.getsockname()[1]
        [busy] = busy_ports([("the till", port)])
    me = processes.table()[os.getpid()]
    assert busy.holders == (me,)
    assert str(busy).startswith(f"Port {port}, which the till needs, is held by process {me.pid} (")
    assert me.command[:40] in str(busy)


def test_a_holder_that_may_not_be_seen_is_told_as_such() -> None:
    assert str(BusyPort("the till", 80, ())) == (
        "Port 80, which the till needs, is held by a process of another user or container."
    )


def test_long_commands_are_cut() -> None:
    busy = BusyPort("the till", 80, (Process(7, 1, "now", "java " + "x" * 500),))
    assert len(str(busy)) < 220


def test_a_port_in_time_wait_is_free() -> None:
    server = socket.create_server((HOST, 0))
    port = server.getsockname()[1]
    caller = socket.create_connection((HOST, port))
    answering, _ = server.accept()
    answering.close()  # the side that closes first keeps the port in TIME_WAIT
    assert caller.recv(1) == b""
    caller.close()
    server.close()
    assert not ports.is_busy(port)


def test_the_well_known_ports_are_those_that_clients_know() -> None:
    known = Ports()
    assert (known.firestore, known.auth, known.functions, known.stripe) == (8080, 9099, 5001, 8420)
    assert known.hosting == 5000


def test_free_ports_are_distinct() -> None:
    chosen = list(Ports.free().named().values())
    assert len(set(chosen)) == len(chosen)


@pytest.mark.skipif(not Path("/usr/bin/lsof").exists(), reason="needs lsof")
def test_without_proc_lsof_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.exists
    monkeypatch.setattr(Path, "exists", lambda p: real(p) and str(p) != "/proc/net/tcp")
    with socket.create_server((HOST, 0)) as server:
        assert ports.listeners(server.getsockname()[1]) == {os.getpid()}
