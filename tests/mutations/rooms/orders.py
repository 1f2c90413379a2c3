"""Mistakes in stock, orders, their settlement and what is due at Stripe."""

from typing import Final

from tests.mutations.model import Mutation

_ORDERING: Final = "unit/orders/test_ordering.py"
_RULES: Final = "unit/orders/test_settlement_rules.py"
_STOCK: Final = "unit/orders/test_stock.py"
_STOCK_RULES: Final = "unit/orders/test_stock_rules.py"
_SETTLEMENT: Final = "integration/orders/test_settlement.py"
_LATE: Final = "integration/orders/test_late_payments.py"
_ENDING: Final = "integration/orders/test_ending.py"
_DUES: Final = "integration/orders/test_dues.py"

MUTATIONS: Final = (
    Mutation(
        "held stock is sold again",
        "orders/stock_rules.py",
        "        if self.free < units:\n",
        "        if self.left < units:\n",
        "a ticket in somebody's basket is offered to the next buyer, who gets an internal error",
        (_STOCK_RULES,),
    ),
    Mutation(
        "a sale keeps its hold",
        "orders/stock.py",
        "    _change(tx, line, left=-line.quantity, reserved=-line.quantity)\n",
        "    _change(tx, line, left=-line.quantity)\n",
        "half of the tickets can never be sold",
        (_STOCK, _SETTLEMENT),
    ),
    Mutation(
        "a late order that fails keeps its first hold",
        "orders/stock.py",
        "        for line in held:\n            release(tx, line)\n        raise\n",
        "        raise\n",
        "tickets are held by an order whose money went back",
        (_STOCK,),
    ),
    Mutation(
        "stock is dealt to a shard and stays in the pool",
        "orders/stock_rules.py",
        "    return pool.changed(left=-dealt), after\n",
        "    return pool, after\n",
        "more tickets are sold than the hall has seats",
        (_STOCK_RULES,),
    ),
    Mutation(
        "sold out is said before all shards are read",
        "orders/stock.py",
        "_everything(tx, line.item_id, max(event.shards, event.dealt_shards))",
        "_everything(tx, line.item_id, event.shards)",
        "an event is sold out with tickets left",
        (_STOCK,),
    ),
    Mutation(
        "only the first line of an unpaid order is released",
        "orders/service.py",
        "    for line in order.lines:\n        stock.release(tx, line)\n",
        "    for line in order.lines[:1]:\n        stock.release(tx, line)\n",
        "an abandoned basket keeps its posters for ever",
        (_ENDING,),
    ),
    Mutation(
        "the job ends paid orders",
        "orders/service.py",
        '        if order.status != "pending" or order.expires_at > tx.now:\n',
        "        if order.expires_at > tx.now:\n",
        "tickets that were paid at the last moment are offered again",
        (_ENDING, "integration/orders/test_settlement_races.py"),
    ),
    Mutation(
        "what an unpaid order held counts for its buyer",
        "orders/service.py",
        "rules.closed(known, order.order_id, rules.held(order.lines))",
        "rules.closed(known, order.order_id, {})",
        "who lets a basket run out may never buy again",
        (_ENDING,),
    ),
    Mutation(
        "one open order too many",
        "orders/rules.py",
        "    if len(still_open) >= OPEN_ORDERS:\n",
        "    if len(still_open) > OPEN_ORDERS:\n",
        "one user holds more stock than promised",
        (_ORDERING,),
    ),
    Mutation(
        "a limit per user counts one order",
        "orders/rules.py",
        "            if count > limits[item_key(one)]:\n",
        "            if one.quantity > limits[item_key(one)]:\n",
        "touts buy all tickets, four by four",
        (_ORDERING,),
    ),
    Mutation(
        "of two lines on one item the last counts",
        "orders/rules.py",
        "        totals[key] = totals.get(key, 0) + item.quantity\n",
        "        totals[key] = item.quantity\n",
        "less is held, and less is charged, than was ordered",
        (_ORDERING,),
    ),
    Mutation(
        "a late payment is handed over without stock",
        "orders/settlement_rules.py",
        '            return "hand_over_late"\n',
        '            return "hand_over"\n',
        "a late payment can never be filed, and the money stays",
        (_RULES,),
    ),
    Mutation(
        "a second payment is kept",
        "orders/settlement_rules.py",
        '            return "give_back"\n',
        '            return "nothing"\n',
        "who pays twice pays twice",
        (_RULES,),
    ),
    Mutation(
        "a payment that brings nothing is not given back",
        "orders/settlement_rules.py",
        '    refused = rules.with_due(refused, "refund", payment.payment_intent_id, now)\n',
        "",
        "sold out, and the money is gone",
        (_RULES, _LATE, _SETTLEMENT),
    ),
    Mutation(
        "money for a part buys back one more",
        "orders/settlement_rules.py",
        "min(line.quantity, gone // line.unit_price)",
        "min(line.quantity, -(-gone // line.unit_price))",
        "a refund of a dollar for the queue kills a ticket",
        (_RULES,),
    ),
    Mutation(
        "a refund of a part takes all back",
        "orders/settlement_rules.py",
        "    if gone >= order.amount:\n",
        "    if gone:\n",
        "one ticket is refunded and all four die",
        (_RULES,),
    ),
    Mutation(
        "each refund takes back all units so far",
        "orders/settlement.py",
        "        more = count - line.bought_back\n",
        "        more = count\n",
        "stock comes back twice, and the hall is oversold",
        (_SETTLEMENT,),
    ),
    Mutation(
        "used tickets go back into stock",
        "orders/settlement.py",
        "            back = bought.dead\n",
        "",
        "a seat on which somebody sits is sold again",
        (_SETTLEMENT,),
    ),
    Mutation(
        "a late order does not count for its buyer",
        "orders/settlement.py",
        '{} if order.status == "pending" else _held_again(order)',
        "{}",
        "a limit per user is got around by paying late",
        (_LATE, _SETTLEMENT),
    ),
    Mutation(
        "what Stripe cannot do yet is forgotten",
        "orders/dues.py",
        "rules.without_due(order, due) if done else rules.tried_again(order, due)",
        "rules.without_due(order, due)",
        "a canceled order is paid days later, by bank",
        (_DUES,),
    ),
    Mutation(
        "Stripe is asked again under the same key",
        "orders/dues.py",
        "-{due.payment_intent_id}-{due.attempt}",
        "-{due.payment_intent_id}",
        "a refund that Stripe failed once never comes",
        (_DUES,),
    ),
    Mutation(
        "tickets by hand come from nowhere",
        "orders/manual.py",
        "        stock.take(tx, operation.id, event_id, request.quantity)\n",
        "",
        "a guest list fills a hall that is sold out",
        ("integration/tickets/test_creating.py",),
    ),
)
