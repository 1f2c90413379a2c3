"""The pages in a real browser, as their files in `web/e2e` tell it to Node's test runner."""

import subprocess

import pytest

from local.demo.play import addresses
from local.layout import ROOT
from local.stack import Stack

STORIES = sorted(path.name for path in (ROOT / "web" / "e2e").glob("*.test.js"))
LONGEST_SECONDS = 300


@pytest.mark.timeout(LONGEST_SECONDS + 30)
@pytest.mark.parametrize("story", STORIES)
def test_in_a_browser(stack: Stack, story: str) -> None:
    told = subprocess.run(
        ["node", f"web/e2e/{story}", addresses(stack)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "# tests 0" not in told.stdout


def test_there_are_stories_of_both_pages() -> None:
    assert {story.split(".")[0].split("-")[0] for story in STORIES} >= {"door", "console"}
