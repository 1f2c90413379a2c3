import os
import subprocess
import sys
import time

from local import processes
from local.processes import Process, descendants, parse_ps

LISTING = """\
    1     0 Ss   Sat Nov 21 03:31:00 2026 /sbin/launchd
  501     1 S    Sat Nov  7 09:30:00 2026 node /opt/firebase emulators:start
  502   501 S+   Sat Nov  7 09:30:01 2026 java -jar firestore.jar
  503   501 Z    Sat Nov  7 09:30:01 2026 (java)
"""


def test_ps_is_read_as_macos_prints_it() -> None:
    assert parse_ps(LISTING) == {
        1: Process(1, 0, "Sat Nov 21 03:31:00 2026", "/sbin/launchd"),
        501: Process(501, 1, "Sat Nov 7 09:30:00 2026", "node /opt/firebase emulators:start"),
        502: Process(502, 501, "Sat Nov 7 09:30:01 2026", "java -jar firestore.jar"),
    }


def test_descendants_are_found_at_any_depth() -> None:
    among = {
        pid: Process(pid, parent, "then", "x") for pid, parent in [(2, 1), (3, 2), (4, 3), (9, 1)]
    }
    assert {p.pid for p in descendants(2, among)} == {3, 4}


def test_a_later_process_with_the_same_pid_is_another() -> None:
    me = processes.table()[os.getpid()]
    assert processes.still_running([me]) == [me]
    assert processes.still_running([Process(me.pid, me.parent, "earlier", me.command)]) == []


def test_who_does_not_stop_when_asked_is_killed() -> None:
    stubborn = (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('ready', flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        began = time.monotonic()
        processes.end([processes.table()[child.pid]], grace_seconds=0.3)
        assert child.wait(5) == -9
    assert time.monotonic() - began >= 0.3


def test_an_ended_child_does_not_count_as_running() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read()  # it has ended, and nobody has waited for it
        time.sleep(0.2)
        assert child.pid not in processes.table()
