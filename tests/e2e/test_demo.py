"""`make demo` tells the story, and says so with its exit code when a balance is wrong."""

import re
import subprocess
import sys
from pathlib import Path

from local.demo.play import command
from local.layout import STACKS
from local.stack import Stack
from tests.e2e.office import Office
from tests.e2e.telling import tell, tells_a_story


@tells_a_story
def test_make_demo() -> None:
    demo = tell(
        [sys.executable, "-m", "local.demo", "--free-ports"],
        {"STRIPE_SECRET_KEY": "sk_test_of_somebody"},
    )
    told = demo.out
    assert (demo.code, demo.errors) == (0, ""), told
    steps = [int(number) for number in re.findall(r"^ ?(\d+)\. \w", told, re.MULTILINE)]
    assert steps == list(range(1, 33))
    assert "insufficient_credits {balance: 0, required: 300}" in told
    assert "expireStaleSessions → finished: 1 expired" in told
    assert "reconcileAllUsers → finished: 1 corrected" in told
    assert "the chain verifies" in told
    assert re.search(r"^ +9  ash_to_obsidian_conversion +200 +800 ", told, re.MULTILINE)
    assert re.search(r"^ +credits +800 +800  ✓$", told, re.MULTILINE)
    for reason in ("none_remaining", "ticket_transferred", "already_used", "ticket_refunded"):
        assert re.search(rf"scanTicket .* → refused: {reason}$", told, re.MULTILINE)
    assert re.search(r"^ +tickets +47 +47 +0 +0  ✓$", told, re.MULTILINE)
    assert "one receipt for each order" in told
    assert re.search(r"403, consent_required .*termsVersion", told)
    assert "queued → processing → done" in told
    assert "queued → processing → failed" in told
    assert "402, insufficient_credits {balance: 15, required: 50}" in told
    assert re.search(
        r"check +her wallet is as it should be: 3,015 credits, 280 of today$", told, re.MULTILINE
    )
    assert "past_due, pro until" in told
    assert re.search(r"^ +ledger +\d+$", told, re.MULTILINE)
    assert "the wallet that nobody owns is as it should be" in told
    assert "Every balance came out right" in told
    assert not list(STACKS.glob(f"{demo.pid}-*"))


def test_a_wrong_balance_ends_the_story(stack: Stack, office: Office) -> None:
    uid = ""
    heard = []
    with subprocess.Popen(command(stack), stdout=subprocess.PIPE, text=True) as telling:
        assert telling.stdout is not None
        for line in telling.stdout:
            heard.append(line)
            if found := re.search(r"→ user (\w+)$", line):
                uid = found[1]
            if line.startswith(" 4. "):  # the credits are there, the first pledge is under way
                before = office.document(f"users/{uid}")["wallet"]
                office.change(f"users/{uid}", wallet={"credits": before["credits"] + 7})
    assert telling.returncode == 1
    assert re.search(r"WRONG .*credits \d+7 instead of 700", "".join(heard))
    assert "The story did not come out right." in heard[-1]


def test_the_demos_own_books() -> None:
    script = Path(__file__).parent / "books.test.js"
    books = tell(["node", "--test", str(script)])
    assert books.code == 0, books.out
    assert re.search(r"^# pass [1-9]", books.out, re.MULTILINE)
