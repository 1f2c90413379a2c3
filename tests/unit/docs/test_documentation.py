"""The documents keep up with the code, or the build fails."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from firebase_functions.params import BoolParam, SecretParam, StringParam

import main
from firetill import api, catalog, config, errors
from firetill.access import Member
from firetill.accounts import model as accounts
from firetill.allowances.model import Allowance, Split
from firetill.customers.model import Customer
from firetill.door.device_model import Device, PairingCode
from firetill.door.model import Scan
from firetill.door.offline_model import Conflict, ConflictSide, OfflineRecord, Revocation
from firetill.estates.deletion_model import Deletion
from firetill.estates.deletion_rules import STEPS
from firetill.estates.registry import HOLDINGS, STATED
from firetill.ledger.model import KINDS, Entry, Wallet
from firetill.limits import LIMITS, RateCount
from firetill.metering import model as metering
from firetill.metering.replies_model import SavedReply
from firetill.notifications import model as notifications
from firetill.orders import model as orders
from firetill.payments import model as payments
from firetill.pledges import model as pledges
from firetill.purchases import model as purchases
from firetill.shop.model import OwnedItem
from firetill.subscriptions import model as subscriptions
from firetill.tally import RefusalCounts
from firetill.tickets.model import Batch, LastScan, Summary, TicketedEvent, TicketToken
from firetill.tickets.reconciliation_model import Difference, ReconciliationRun, Totals
from firetill.transport.declared import Declared
from firetill.upkeep.metrics_model import ActionCounts, DayMetrics, Door, Moved, Revenue
from firetill.upkeep.model import Checkpoint, Failure, Run, Shown
from firetill.upkeep.retention import RETENTIONS
from firetill.usernames import model as usernames
from firetill.webhooks import rules as webhook_rules
from firetill.webhooks.model import InboxEntry
from tests import costs
from tests.unit.transport.test_refusals import PROMISED, Promise

ROOT = Path(__file__).parents[3]
CODE = ROOT / "functions" / "firetill"

CALLABLES: dict[str, tuple[type[msgspec.Struct], type[msgspec.Struct]]] = {
    declared.name: (declared.takes, declared.gives)
    for endpoints in CODE.glob("*/*endpoints.py")
    for declared in getattr(
        importlib.import_module(f"firetill.{endpoints.parent.name}.{endpoints.stem}"),
        "OPERATIONS",
        (),
    )
}

DOCUMENTS: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "users/{uid}": (Wallet, Allowance, subscriptions.Standing),
    "users/{uid}/items/{itemId}": (OwnedItem,),
    "sessions/{sessionId}": (pledges.PledgeSession, pledges.Settlement),
    "ledger/{entryId}": (Entry,),
    "paymentIntents/{paymentIntentId}": (
        purchases.Purchase,
        orders.OrderPayment,
        subscriptions.InvoicePayment,
        payments.Dispute,
    ),
    "products/{productId}": (orders.Product,),
    "events/{eventId}": (TicketedEvent,),
    "events/{eventId}/inventory/{shard}": (orders.Shard,),
    "orders/{orderId}": (orders.Order, orders.Line, orders.StripeDue),
    "fulfillments/{paymentIntentId}": (orders.Fulfillment, orders.FulfilledLine),
    "buyers/{uid}": (orders.Buyer,),
    "checkoutSessions/{checkoutSessionId}": (purchases.Checkout,),
    "subscriptions/{subscriptionId}": (
        subscriptions.Subscription,
        subscriptions.Period,
        subscriptions.Share,
    ),
    "notifications/{notificationId}": (
        notifications.OutboxEntry,
        notifications.ChannelState,
        *notifications.KINDS.values(),
        notifications.RefundedUnits,
    ),
    "actions/{actionId}": (
        metering.Action,
        metering.ActionInput,
        metering.ActionOutput,
        metering.ActionFailure,
        metering.TokenUsage,
        Split,
    ),
    "savedReplies/{replyId}": (SavedReply,),
    "pushDevices/{uid}": (notifications.PushDevices, notifications.PushDevice),
    "customers/{uid}": (Customer,),
    "usernames/{username}": (usernames.TakenUsername,),
    "usernameLooks/{skeleton}": (usernames.UsernameLook,),
    "usernameAttempts/{uid}": (usernames.UsernameAttempts,),
    "rateLimits/{id}": (RateCount,),
    "consents/{consentId}": (accounts.Consent,),
    "deletions/{deletionId}": (Deletion,),
    "events/{eventId}/ragers/{ragerId}": (Batch, LastScan),
    "ticketTokens/{token}": (TicketToken,),
    "eventUsers/{eventId}/users/{uid}": (Summary,),
    "reconciliations/{eventId}/runs/{runId}": (ReconciliationRun, Difference, Totals),
    "events/{eventId}/scans/{scanId}": (Scan, OfflineRecord),
    "events/{eventId}/conflicts/{scanId}": (Conflict, ConflictSide, Revocation),
    "events/{eventId}/devices/{deviceId}": (Device,),
    "pairingCodes/{codeHash}": (PairingCode,),
    "eventStaff/{eventId}/members/{uid}": (Member,),
    "stripeEvents/{eventId}": (InboxEntry,),
    "jobs/{job}/runs/{runId}": (Run, Failure, Shown),
    "metrics/{day}": (DayMetrics, Moved, Revenue, ActionCounts, Door),
    "refusalCounts/{id}": (RefusalCounts,),
    "ledgerCheckpoints/{userId}": (Checkpoint,),
}


def read(name: str) -> str:
    return (ROOT / name).read_text()


def section(text: str, title: str) -> str:
    """The part of a document below the heading that names `title`."""
    found = re.search(
        rf"^(#+) `{re.escape(title)}`$(.*?)(?=^#{{1,3}} |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert found, f"no heading for `{title}`"
    return found[2]


def code() -> Iterator[tuple[Path, str]]:
    for path in [*CODE.rglob("*.py")]:
        yield path, path.read_text()


def is_callable(name: str) -> bool:
    return getattr(main, name).__firebase_endpoint__.callableTrigger is not None


def test_every_function_is_documented() -> None:
    text = read("docs/endpoints.md")
    for name in main.__all__:
        assert f"`{name}`" in text, f"docs/endpoints.md does not mention {name}"


def test_main_exports_exactly_what_it_deploys() -> None:
    deployed = {
        name for name, value in vars(main).items() if hasattr(value, "__firebase_endpoint__")
    }
    assert deployed == set(main.__all__)
    for name in deployed:
        assert getattr(main, name).__firebase_endpoint__.entryPoint == name


def test_every_callable_is_in_these_tables() -> None:
    assert {name for name in main.__all__ if is_callable(name)} == set(CALLABLES)


@pytest.mark.parametrize("name", CALLABLES)
def test_every_field_of_a_callable_is_documented(name: str) -> None:
    text = section(read("docs/endpoints.md"), name)
    for struct in CALLABLES[name]:
        for field in struct.__struct_encode_fields__:
            assert f"`{field}`" in text, f"{name}: {field} is not documented"


@pytest.mark.parametrize("declared", api.OPERATIONS, ids=lambda declared: declared.name)
def test_every_rest_path_is_documented(declared: Declared[Any]) -> None:
    text = section(read("docs/endpoints.md"), declared.name)
    assert f"`{declared.method} {declared.path}`" in text
    assert ("trusted server" in text) == declared.server


@pytest.mark.parametrize("name", CALLABLES)
def test_a_flutter_developer_sees_how_to_call_it(name: str) -> None:
    assert f"'{name}'" in section(read("docs/flutter.md"), name)


@pytest.mark.parametrize("title", DOCUMENTS)
def test_every_stored_field_is_documented(title: str) -> None:
    text = section(read("docs/firestore.md"), title)
    for struct in DOCUMENTS[title]:
        for field in struct.__struct_encode_fields__:
            assert re.search(rf"`(native\.)?{field}[`.]", text), f"{title}: {field} is missing"


def test_every_collection_is_documented() -> None:
    text = read("docs/firestore.md")
    found = set()
    for path, source in code():
        if path.name not in {"repository.py", "operations.py"}:
            continue
        for node in ast.parse(source).body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                found.add(node.value.value)
    assert {"users", "ledger", "sessions", "operations", "stripeEvents"} <= found
    for collection in found:
        assert re.search(rf"[`/]{collection}[`/]", text), f"{collection} is not documented"


def test_every_collection_is_known_to_exports_and_deletions() -> None:
    table = read("docs/firestore.md").partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?`) \| ", table, re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    held = {holding.collection for holding in HOLDINGS}
    assert {"users", "ledger", "events/{eventId}/scans", "jobs/{job}/runs"} <= documented
    assert held & STATED.keys() == set()
    assert held | STATED.keys() == documented


def test_every_step_of_a_deletion_is_documented() -> None:
    text = section(read("docs/firestore.md"), "deletions/{deletionId}")
    adr = read("docs/adr/0015-accounts.md")
    for step in STEPS:
        assert f"`{step}`" in text
        assert f"`{step}`" in adr


REFUSALS = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, errors.Refusal) and hasattr(value, "reason")
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_every_refusal_is_documented_with_its_codes(refusal: type[errors.Refusal]) -> None:
    row = f"| `{refusal.reason}` | {refusal.code} | {refusal.http_status} |"
    assert row in read("docs/endpoints.md")


@pytest.mark.parametrize("promise", PROMISED, ids=lambda promise: type(promise[0]).__name__)
def test_every_datum_of_a_refusal_is_documented(promise: Promise) -> None:
    refusal, reason, *_ = promise
    [row] = [
        line
        for line in read("docs/endpoints.md").splitlines()
        if line.startswith(f"| `{reason}` |")
    ]
    for name in refusal.data:
        assert f"`{name}`" in row


def test_every_event_type_is_documented() -> None:
    text = section(read("docs/endpoints.md"), "handleStripeWebhook")
    for event_type in webhook_rules.EVENT_TYPES:
        assert f"`{event_type}`" in text


def test_every_ledger_kind_is_documented() -> None:
    text = section(read("docs/firestore.md"), "ledger/{entryId}")
    for kind in KINDS:
        assert f"| `{kind}` |" in text


def test_every_tier_is_documented_with_what_it_gives_and_costs() -> None:
    text = read("docs/endpoints.md")
    for tier in catalog.TIERS.values():
        brings = f"{tier.period_credits:,} credits" if tier.period_credits else ""
        price = f"${tier.amount / 100:.2f} a month" if tier.amount else ""
        cells = [f"`{tier.tier_id}`", f"{tier.daily_credits} credits", brings, price]
        row = f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")
        assert row in text, row
        if tier.trial_days:
            assert f"{row} {tier.trial_days} days to try" in text


def test_every_pack_is_documented_at_its_price() -> None:
    text = read("docs/endpoints.md")
    for pack in catalog.PACKS.values():
        price = f"${pack.amount / 100:.2f}"
        assert f"| `{pack.pack_id}` | {pack.credits:,} | {price} |" in text


def test_every_item_of_the_shop_is_documented_at_its_price() -> None:
    text = read("docs/endpoints.md")
    for item in catalog.SHOP_ITEMS.values():
        often = "once" if item.once else "as often as one likes"
        assert f"| `{item.item_id}` | {item.obsidian} | {often} |" in text


def test_every_kind_of_action_is_documented_with_its_cost_and_bounds() -> None:
    text = read("docs/endpoints.md")
    for kind in catalog.ACTION_KINDS.values():
        least = 0 if kind.takes_image else 1
        bounds = f"{least}\u2013{kind.input_characters:,} | {kind.seconds} s"
        assert f"| `{kind.kind}` | {kind.cost} | {bounds} |" in text


def test_every_parameter_is_documented() -> None:
    text = read("docs/operations.md")
    found = [
        value.name
        for value in vars(config).values()
        if isinstance(value, BoolParam | SecretParam | StringParam)
    ]
    assert "STRIPE_SECRET_KEY" in found
    for name in found:
        assert f"| `{name}` |" in text, f"docs/operations.md does not mention {name}"


def test_every_alert_has_a_runbook() -> None:
    text = read("docs/operations.md")
    found = {alert for _, source in code() for alert in re.findall(r'alert="(\w+)"', source)}
    assert {"failure", "stripe_event_refused", "stripe_event_dead"} <= found
    for alert in found:
        assert f"| `{alert}` |" in text, f"docs/operations.md does not explain {alert}"


def test_every_rate_limit_is_documented() -> None:
    text = read("docs/endpoints.md")
    for name, limit in LIMITS.items():
        row = rf"^\| `{name}` \| .*\| {limit.times} \| {limit.seconds:,} s \|$"
        assert re.search(row, text, re.MULTILINE), name


def test_how_long_things_are_kept_is_documented() -> None:
    text = read("docs/operations.md")
    kept = text.partition("## How long things are kept\n")[2].partition("\n## ")[0]
    for retention in RETENTIONS:
        assert re.search(rf"^\|.*[`/]{retention.collection}[`/]", kept, re.MULTILINE), retention


def test_every_command_is_documented() -> None:
    text = read("README.md")
    targets = re.findall(r"^([a-z]+):.*## ", read("Makefile"), re.MULTILINE)
    assert {"up", "demo", "test", "check", "bench", "help"} <= set(targets)
    for target in targets:
        assert f"| `make {target}` |" in text, f"README does not mention make {target}"


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "path", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")], ids=lambda path: path.name
)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text()):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists(), f"{path.name} links to {target}"
        if anchor:
            assert anchor in anchors(there), f"{path.name} links to {target}"


def test_every_documented_cost_is_asserted() -> None:
    asserted = {
        name
        for path in (ROOT / "tests" / "integration").rglob("test_*.py")
        for name in re.findall(r'documented\(\s*"([^"]+)"', path.read_text())
    }
    assert asserted == set(costs.rows())
