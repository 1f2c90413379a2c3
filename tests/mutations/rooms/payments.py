"""Mistakes in purchases, in what Stripe says of payments, and in the webhook's inbox."""

from typing import Final

from tests.mutations.model import Mutation

_DUES: Final = "unit/purchases/test_dues.py"
_SHUFFLED: Final = "unit/purchases/test_order_independence.py"
_READING: Final = "unit/webhooks/test_reading.py"
_FILING: Final = "unit/webhooks/test_filing.py"
_REFUSALS: Final = "integration/webhooks/test_refusals.py"
_INTENTS: Final = "integration/purchases/test_intents.py"
_PAID: Final = (
    "            if (fact.amount, fact.currency) != (payment.amount, payment.currency):\n"
)

MUTATIONS: Final = (
    Mutation(
        "Stripe is asked before the intent is committed",
        "purchases/service.py",
        "    record = _begin(db, operation, lambda: _terms(operation, request.pack_id))\n",
        "    terms = _terms(operation, request.pack_id)\n"
        "    stripe.create_payment_intent(\n"
        "        Charge(amount=terms.amount, currency=terms.currency, title=terms.title),\n"
        "        rules.metadata(terms, operation.id),\n"
        '        idempotency_key=f"firetill-{operation.id}-0",\n'
        "    )\n"
        "    record = _begin(db, operation, lambda: terms)\n",
        "a crash leaves a payment of which the till knows nothing",
        (_INTENTS, "integration/purchases/test_crashes.py"),
    ),
    Mutation(
        "each try has a key of its own",
        "payments/service.py",
        '        return make(f"firetill-{record.document_id}-{attempt}")\n',
        '        return make(f"firetill-{record.document_id}-{db.now().timestamp()}")\n',
        "a retry opens a second payment beside the first",
        ("integration/purchases/test_crashes.py",),
    ),
    Mutation(
        "a purchase is credited for each event",
        "purchases/rules.py",
        "    if not purchase.credited:\n",
        "    if not purchase.credits_clawed_back:\n",
        "the events after the first can never be filed",
        (_DUES,),
    ),
    Mutation(
        "a part of the money takes all of the credits",
        "purchases/rules.py",
        "    target = payments.share_gone(purchase, purchase.credits)\n",
        "    target = purchase.credits if payments.money_gone(purchase) else 0\n",
        "a refund of one dollar costs the whole pack",
        (_DUES,),
    ),
    Mutation(
        "metadata are not compared",
        "purchases/service.py",
        "    rules.check_metadata(terms, operation_id, news.metadata)\n",
        "",
        "whoever can edit a payment at Stripe has somebody else's purchase credited",
        (_REFUSALS,),
    ),
    Mutation(
        "any currency pays",
        "payments/rules.py",
        _PAID,
        "            if fact.amount != payment.amount:\n",
        "a pack is paid in a currency that is worth less",
        (_DUES, _REFUSALS),
    ),
    Mutation(
        "any amount pays",
        "payments/rules.py",
        _PAID,
        "            if fact.currency != payment.currency:\n",
        "a cent buys the largest pack",
        (_DUES, _REFUSALS),
    ),
    Mutation(
        "the last refund that was heard of counts",
        "payments/rules.py",
        "            most = max(payment.amount_refunded, fact.amount)\n",
        "            most = fact.amount\n",
        "a late event gives back credits whose money has gone",
        (_SHUFFLED,),
    ),
    Mutation(
        "refunds are added up",
        "payments/rules.py",
        "            most = max(payment.amount_refunded, fact.amount)\n",
        "            most = min(payment.amount, payment.amount_refunded + fact.amount)\n",
        "two refunds of a part take the credits of the whole",
        (_DUES, _SHUFFLED),
    ),
    Mutation(
        "a late status takes back a payment",
        "payments/rules.py",
        "            status = higher(_PAYMENT_RANK, payment.status, fact.status)\n",
        "            status = fact.status\n",
        "a payment that has come counts as still under way",
        (_SHUFFLED,),
    ),
    Mutation(
        "a dispute that is won counts as lost",
        "payments/rules.py",
        'if dispute.status in {"open", "lost"}',
        'if dispute.status != "inquiry"',
        "credits do not come back with the money",
        (_DUES,),
    ),
    Mutation(
        "a share is rounded up",
        "payments/rules.py",
        "    return whole * money_gone(payment) // payment.amount\n",
        "    return -(-whole * money_gone(payment) // payment.amount)\n",
        "a refund takes a credit too many",
        (_DUES,),
    ),
    Mutation(
        "test events count on a live till",
        "webhooks/service.py",
        '    reason = None if event.livemode == stripe.live else "wrong_mode"\n',
        "    reason = None\n",
        "play money buys credits",
        (_REFUSALS,),
    ),
    Mutation(
        "a failed event is marked processed",
        "webhooks/service.py",
        'tx, earlier, event, "failed", reason',
        'tx, earlier, event, "processed", reason',
        "a payment is never credited, for nobody tries again",
        ("integration/webhooks/test_dead_letters.py",),
    ),
    Mutation(
        "a failed event counts as done",
        "webhooks/rules.py",
        '    return entry is not None and entry.status in {"processed", "ignored"}\n',
        '    return entry is not None and entry.status != "refused"\n',
        "Stripe's own retry of a failed event does nothing",
        (_FILING,),
    ),
    Mutation(
        "one attempt more before an event is dead",
        "webhooks/rules.py",
        '    if status == "failed" and attempts >= MOST_ATTEMPTS and not passing:\n',
        '    if status == "failed" and attempts > MOST_ATTEMPTS and not passing:\n',
        "the alert of a dead letter comes hours late",
        (_FILING,),
    ),
    Mutation(
        "what waits for a deletion dies like any failure",
        "webhooks/rules.py",
        '    if status == "failed" and attempts >= MOST_ATTEMPTS and not passing:\n',
        '    if status == "failed" and attempts >= MOST_ATTEMPTS:\n',
        "a payment is never credited, though nobody has anything to mend",
        (_FILING,),
    ),
    Mutation(
        "an inquiry counts as a dispute",
        "webhooks/rules.py",
        '    status = known.get(dispute.status, "inquiry")\n',
        '    status = known.get(dispute.status, "open")\n',
        "credits leave although no money has",
        (_READING,),
    ),
    Mutation(
        "a completed page counts as paid",
        "webhooks/rules.py",
        '        paid = status == "complete" and session.payment_status == "paid"\n',
        '        paid = status == "complete"\n',
        "credits come before the bank has paid, or although it never does",
        (_READING,),
    ),
    Mutation(
        "a signature from the future is good",
        "stripe_gateway.py",
        "    if abs(now.timestamp() - signed_at) > CLOCK_TOLERANCE.total_seconds():\n",
        "    if now.timestamp() - signed_at > CLOCK_TOLERANCE.total_seconds():\n",
        "a recorded delivery can be replayed for as long as one likes",
        ("integration/webhooks/test_door.py",),
    ),
    Mutation(
        "an inbox entry is kept from its last attempt on",
        "webhooks/rules.py",
        "        expires_at=(earlier.received_at if earlier else now) + KEEP,\n",
        "        expires_at=now + KEEP,\n",
        "the inbox keeps personal data longer than it says",
        (_FILING,),
    ),
    Mutation(
        "an attempt's pause does not grow",
        "webhooks/rules.py",
        "now + FIRST_PAUSE * 2 ** (min(attempts, MOST_ATTEMPTS - 1) - 1)",
        "now + FIRST_PAUSE * attempts",
        "an event is dead within the hour, before Stripe or we are back",
        (_FILING,),
    ),
)
