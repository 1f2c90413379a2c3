import pytest

from local.stripe_account import LOCAL_SECRET_KEY, LOCAL_WEBHOOK_SECRET, choose, forwarding_advice

DOUBLE = "http://127.0.0.1:8420"
WEBHOOK = "http://127.0.0.1:5001/demo-firetill/us-central1/handleStripeWebhook"


@pytest.mark.parametrize(
    "environment", [{}, {"STRIPE_SECRET_KEY": ""}, {"STRIPE_SECRET_KEY": LOCAL_SECRET_KEY}]
)
def test_without_a_key_of_ones_own_it_is_the_double(environment: dict[str, str]) -> None:
    account = choose(environment, DOUBLE)
    assert (account.secret_key, account.webhook_secret, account.api_base) == (
        "sk_test_firetill_local",
        "whsec_firetill_local",
        DOUBLE,
    )
    assert forwarding_advice(account, WEBHOOK) is None


@pytest.mark.parametrize("key", ["sk_test_abc", "rk_test_abc"])
def test_with_a_test_key_it_is_stripe(key: str) -> None:
    account = choose({"STRIPE_SECRET_KEY": key, "STRIPE_WEBHOOK_SECRET": "whsec_mine"}, DOUBLE)
    assert (account.secret_key, account.webhook_secret) == (key, "whsec_mine")
    assert account.api_base is None
    advice = forwarding_advice(account, WEBHOOK)
    assert advice is not None
    assert f"stripe listen --forward-to {WEBHOOK}" in advice
    assert "STRIPE_WEBHOOK_SECRET" not in advice


def test_without_stripes_webhook_secret_it_says_where_to_get_it() -> None:
    account = choose({"STRIPE_SECRET_KEY": "sk_test_abc"}, DOUBLE)
    assert account.webhook_secret == LOCAL_WEBHOOK_SECRET
    assert "STRIPE_WEBHOOK_SECRET" in (forwarding_advice(account, WEBHOOK) or "")


@pytest.mark.parametrize("key", ["sk_live_abc", "rk_live_abc", "pk_test_abc", "nonsense"])
def test_any_other_key_is_refused_without_being_repeated(key: str) -> None:
    with pytest.raises(ValueError, match="not a test key") as refusal:
        choose({"STRIPE_SECRET_KEY": key}, DOUBLE)
    assert key not in str(refusal.value)
