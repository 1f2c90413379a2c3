"""Mistakes in metered actions, allowances and subscriptions."""

from typing import Final

from tests.mutations.model import Mutation

_RULES: Final = "unit/metering/test_rules.py"
_WORKING: Final = "integration/metering/test_working.py"
_ALLOWANCES: Final = "unit/allowances/test_rules.py"
_SUBSCRIPTIONS: Final = "unit/subscriptions/test_rules.py"

MUTATIONS: Final = (
    Mutation(
        "an action that is given up keeps its charge",
        "metering/work.py",
        "    if reason := rules.hopeless(action, tx.now):\n"
        "        end_in_vain(tx, action, reason)\n"
        '        return "failed"\n'
        "    begun",
        "    if reason := rules.hopeless(action, tx.now):\n"
        "        repository.put_action(tx, rules.failed(action, reason, tx.now))\n"
        '        return "failed"\n'
        "    begun",
        "an action fails and is paid for",
        (_WORKING,),
    ),
    Mutation(
        "a worker that was overtaken settles",
        "metering/work.py",
        "    if action.attempts != begun.attempts:\n",
        "    if action.attempts < begun.attempts:\n",
        "an action is paid back while another worker is about to deliver it",
        (_WORKING,),
    ),
    Mutation(
        "an answer revives an action that was paid back",
        "metering/work.py",
        '        case "done" | "failed" as ended:',
        '        case "done" as ended:',
        "an action comes for nothing, or its charge is given back twice",
        (_WORKING,),
    ),
    Mutation(
        "an action that is done stays open",
        "metering/work.py",
        '        _close(tx, action)\n        return "done"\n',
        '        return "done"\n',
        "after a few actions the user may begin no more",
        (_WORKING,),
    ),
    Mutation(
        "one attempt more",
        "metering/rules.py",
        "action.attempts >= ATTEMPTS",
        "action.attempts > ATTEMPTS",
        "a provider is paid five times for what fails",
        (_RULES,),
    ),
    Mutation(
        "one action too many at once",
        "metering/rules.py",
        "    if len(open_actions) >= OPEN_ACTIONS:\n",
        "    if len(open_actions) > OPEN_ACTIONS:\n",
        "a limit is not the one that is published",
        (_RULES,),
    ),
    Mutation(
        "a refund comes as credits, wherever it was taken from",
        "allowances/service.py",
        "        legs=rules.legs(taken, +1),\n",
        '        legs={"credits": taken.daily + taken.credits},\n',
        "failing actions turn the daily allowance into credits that last",
        ("integration/allowances/test_service.py", _WORKING),
    ),
    Mutation(
        "yesterday's allowance comes back today",
        "allowances/service.py",
        "[returned, *rules.lapse(taken, allowance, cause)]",
        "[returned]",
        "there is more to spend on a day than the tier gives",
        ("integration/allowances/test_service.py",),
    ),
    Mutation(
        "a day lasts a moment too long",
        "allowances/rules.py",
        "    if known is not None and now < known.ends_at:\n",
        "    if known is not None and now <= known.ends_at:\n",
        "at midnight the old allowance is spent once more",
        (_ALLOWANCES,),
    ),
    Mutation(
        "who changes zones has another day",
        "allowances/rules.py",
        "        ends = first_day_from(began + _AFTER_A_MOVE, zone)\n",
        "        ends = first_day_from(began, zone)\n",
        "a traveller round the settings has an allowance an hour",
        (_ALLOWANCES,),
    ),
    Mutation(
        "the allowance is spent in debt",
        "allowances/rules.py",
        "    if wallet.credits < 0 or cost - daily > wallet.credits:\n",
        "    if cost - daily > max(0, wallet.credits):\n",
        "who had the money back goes on as before",
        (_ALLOWANCES, "integration/allowances/test_service.py"),
    ),
    Mutation(
        "each change of tier brings a whole allowance",
        "allowances/rules.py",
        "    more = limit - allowance.limit\n",
        "    more = limit\n",
        "an upgrade at noon doubles the day",
        (_ALLOWANCES,),
    ),
    Mutation(
        "the welcome is given at each call",
        "accounts/welcome.py",
        "    if anonymous or repository.is_welcomed(user):\n",
        "    if anonymous:\n",
        "after the first call no other gets through",
        ("integration/accounts/test_beginnings.py",),
    ),
    Mutation(
        "invoices of one period add up without end",
        "subscriptions/periods.py",
        "granted=min(total, period.most)",
        "granted=total",
        "going up and down brings more than the best tier does",
        ("unit/subscriptions/test_periods.py",),
    ),
    Mutation(
        "who looked first commits last",
        "subscriptions/learning.py",
        "    if (known.revision if known else 0) != looked.revision:\n",
        "    if (known.revision if known else 0) < looked.revision:\n",
        "a canceled subscription goes on",
        ("unit/subscriptions/test_overtaking.py",),
    ),
    Mutation(
        "grace begins when it should end",
        "subscriptions/rules.py",
        "    grace = state.current_period_start + GRACE ",
        "    grace = state.current_period_end + GRACE ",
        "a month is had for nothing",
        (_SUBSCRIPTIONS,),
    ),
    Mutation(
        "what was never paid confers a tier",
        "subscriptions/rules.py",
        '    if subscription.status in {"trialing", "active"}:\n',
        '    if subscription.status != "past_due":\n',
        "a declined card buys the best tier",
        (_SUBSCRIPTIONS,),
    ),
    Mutation(
        "a trial as often as one likes",
        "subscriptions/rules.py",
        "        days = 0 if trial_used else target.trial_days\n",
        "        days = target.trial_days\n",
        "nobody ever has to pay",
        (_SUBSCRIPTIONS,),
    ),
    Mutation(
        "an action that has ended is failed once more",
        "metering/work.py",
        "        if action is None or rules.has_ended(action):\n",
        "        if action is None:\n",
        "an action that was delivered is paid back when its user leaves",
        (_WORKING,),
    ),
    Mutation(
        "the job fails actions that are under way",
        "metering/sweeping.py",
        "        if action is None or not rules.has_waited(action, tx.now):\n",
        "        if action is None or rules.has_ended(action):\n",
        "two workers are paid for one action",
        ("integration/metering/test_races.py",),
    ),
    Mutation(
        "a grace lasts a moment too long",
        "subscriptions/rules.py",
        "    elif subscription.grace_until and now < subscription.grace_until:\n",
        "    elif subscription.grace_until and now <= subscription.grace_until:\n",
        "the job that ends the grace at its very end ends nothing",
        (_SUBSCRIPTIONS,),
    ),
    Mutation(
        "a refused subscription takes back another's trial",
        "subscriptions/service.py",
        'trial_used_at(user) == (record.data or {})["createdAt"]',
        "trial_used_at(user) is not None",
        "two trials are had by letting the second request fail",
        ("integration/subscriptions/test_crashes.py",),
    ),
    Mutation(
        "an upgrade is worth its whole tier",
        "subscriptions/periods.py",
        "        brings = Fraction(tier.period_credits * line.amount, offer.amount)\n",
        "        brings = Fraction(tier.period_credits * (1 if line.amount > 0 else -1))\n",
        "a day of the best tier brings a month of credits",
        ("unit/subscriptions/test_periods.py",),
    ),
)
