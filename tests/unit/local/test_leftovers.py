import os
import subprocess
import sys
from pathlib import Path

from local import leftovers, processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_a_running_stack_is_left_alone_and_known_by_its_processes(tmp_path: Path) -> None:
    directory = tmp_path / "mine"
    directory.mkdir()
    with subprocess.Popen(SLEEP) as child:
        leftovers.record(directory, [child.pid])
        me, its = processes.table()[os.getpid()], processes.table()[child.pid]
        assert leftovers.clear(tmp_path) == []
        assert leftovers.supervisors_of([its], tmp_path) == [me]
        assert leftovers.supervisors_of([me], tmp_path) == []
        assert child.poll() is None
        child.kill()


def test_what_a_killed_stack_left_is_ended_and_removed(tmp_path: Path) -> None:
    directory = tmp_path / "dead"
    directory.mkdir()
    (directory / "project").mkdir()
    script = (
        "import subprocess, sys\nfrom pathlib import Path\nfrom local import leftovers\n"
        f"child = subprocess.Popen({SLEEP!r}, start_new_session=True, stdout=subprocess.DEVNULL)\n"
        f"leftovers.record(Path({str(directory)!r}), [child.pid])\n"
        "print(child.pid)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    left = processes.table()[int(said)]
    assert leftovers.supervisors_of([left], tmp_path) == []
    assert leftovers.clear(tmp_path) == [left]
    assert processes.still_running([left]) == []
    assert not directory.exists()


def test_a_pid_that_somebody_else_got_since_is_not_ended(tmp_path: Path) -> None:
    directory = tmp_path / "dead"
    directory.mkdir()
    with subprocess.Popen(SLEEP) as innocent:
        leftovers.record(directory, [innocent.pid])
        state = directory / "state.json"
        table = processes.table()
        for pid in (os.getpid(), innocent.pid):
            state.write_text(state.read_text().replace(f'"{table[pid].started}"', '"earlier"'))
        assert leftovers.clear(tmp_path) == []
        assert innocent.poll() is None
        innocent.kill()
    assert not directory.exists()
