from pathlib import Path

import pytest

from local.function_logs import Follower, readable

ENTRY = '>  {"severity": "ERROR", "message": "drift", "userId": "u1", "seq": 3, "time": "t"}'


def test_an_entry_becomes_one_short_line() -> None:
    assert readable(ENTRY, "WARNING") == "ERROR    drift userId=u1 seq=3"


@pytest.mark.parametrize(
    ("line", "least", "shown"),
    [
        (ENTRY, "ERROR", True),
        (ENTRY, "CRITICAL", False),
        ('>  {"severity": "INFO", "message": "x"}', "WARNING", False),
        ('>  {"message": "x"}', "INFO", True),
        ('>  {"severity": "odd", "message": "x"}', "WARNING", True),
        (">  Traceback (most recent call last):", "INFO", True),
        (">  Traceback (most recent call last):", "WARNING", False),
        ('i  functions: Beginning execution of "x"', "DEBUG", False),
        (">", "DEBUG", False),
        (">  [1, 2]", "INFO", True),
    ],
)
def test_what_is_shown(line: str, least: str, shown: bool) -> None:
    assert (readable(line, least) is not None) is shown


def test_a_line_is_shown_once_it_is_complete(tmp_path: Path) -> None:
    log = tmp_path / "firebase.log"
    log.write_text("i  starting\n>  on")
    follower = Follower(log, "INFO")
    assert follower.new_lines() == []
    with log.open("a") as more:
        more.write("e\n>  two\n")
    assert follower.new_lines() == ["one", "two"]
    assert follower.new_lines() == []
    follower.close()


def test_what_an_entry_leaves_empty_is_left_out() -> None:
    line = '>  {"severity": "INFO", "message": "call answered", "status": "ok", "reason": null}'
    assert readable(line, "INFO") == "INFO     call answered status=ok"
