"""The pages in a real browser, as their files in `web/e2e` tell it to Node's test runner."""

import pytest

from local.demo.play import addresses
from local.layout import ROOT
from local.stack import Stack
from tests.e2e.telling import tell, tells_a_story

STORIES = sorted(path.name for path in (ROOT / "web" / "e2e").glob("*.test.js"))


@tells_a_story
@pytest.mark.parametrize("story", STORIES)
def test_in_a_browser(stack: Stack, story: str) -> None:
    told = tell(["node", f"web/e2e/{story}", addresses(stack)])
    assert told.code == 0, told.out + told.errors
    assert "# tests 0" not in told.out


def test_there_are_stories_of_both_pages() -> None:
    assert {story.split(".")[0].split("-")[0] for story in STORIES} >= {"door", "console"}
