"""An address that our own check lets through and Stripe does not: the caller's to mend."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from firetill import operations
from firetill.database import Snapshot
from firetill.errors import InvalidField, PaymentProviderUnavailable
from firetill.purchases import service
from firetill.purchases.model import CheckoutPage, CreateCheckoutSession
from firetill.stripe_gateway import StripeGateway
from tests.factories import at_once
from tests.integration.till import KEY, USER, Till

BAD = "https://[shop"
GOOD = "https://shop.example"


@contextlib.contextmanager
def _picky_stripe(
    param: str = "success_url", meanwhile: Callable[[], object] = lambda: None
) -> Iterator[StripeGateway]:
    """Answers each request as Stripe answers an address that it takes for none."""
    error = {
        "type": "invalid_request_error",
        "code": "url_invalid",
        "message": "Not a valid URL",
        "param": param,
    }

    class Refuse(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            meanwhile()
            body = json.dumps({"error": error}).encode()
            self.send_response(400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refuse)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield StripeGateway(KEY, api_base=f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _buy(till: Till, stripe: StripeGateway, address: str) -> CheckoutPage:
    request = CreateCheckoutSession(
        pack_id="standard", success_url=address, cancel_url=address, idempotency_key="buy-1"
    )
    return service.create_checkout(till.database, stripe, USER, request)


def _pending(till: Till) -> list[Snapshot]:
    return till.database.query(operations.pending(till.clock.instant, limit=10))


@pytest.mark.parametrize(
    ("param", "field"), [("success_url", "successUrl"), ("cancel_url", "cancelUrl")]
)
def test_the_refusal_names_the_field_and_leaves_nothing_behind(
    till: Till, param: str, field: str
) -> None:
    with _picky_stripe(param) as picky, pytest.raises(InvalidField) as refused:
        _buy(till, picky, BAD)
    assert refused.value.details() == {"reason": "invalid_field", "field": field}
    assert _pending(till) == []
    page = _buy(till, till.stripe, GOOD)
    assert till.document(f"checkoutSessions/{page.checkout_session_id}") is not None


def test_several_at_once_are_all_refused(till: Till) -> None:
    with _picky_stripe() as picky:
        answers = at_once([lambda: _buy(till, picky, BAD)] * 8)
    assert {type(answer) for answer in answers} == {InvalidField}
    assert _pending(till) == []


def test_a_late_refusal_leaves_alone_what_the_key_stands_for_by_now(till: Till) -> None:
    """While Stripe thinks about a bad address, the caller tries again, and then a good one."""

    def mend() -> None:
        with _picky_stripe() as picky, pytest.raises(InvalidField):
            _buy(till, picky, BAD)
        till.double.fault("lose_reply")
        with pytest.raises(PaymentProviderUnavailable):
            _buy(till, till.stripe, GOOD)

    with _picky_stripe(meanwhile=mend) as picky, pytest.raises(InvalidField):
        _buy(till, picky, BAD)
    [record] = _pending(till)
    assert service.finish(till.database, till.stripe, record)
    assert len(till.double.objects("checkout.session")) == 1


def test_other_mistakes_stay_ours(till: Till) -> None:
    """A currency that Stripe does not know, say: the record waits until it is mended."""
    with _picky_stripe("currency") as picky, pytest.raises(Exception, match="Not a valid") as error:
        _buy(till, picky, GOOD)
    assert not isinstance(error.value, InvalidField)
    assert len(_pending(till)) == 1


def test_the_job_takes_back_what_crashed_before_stripe_refused_it(till: Till) -> None:
    there, till.stripe = till.stripe, StripeGateway(KEY, api_base="http://127.0.0.1:9")
    with pytest.raises(PaymentProviderUnavailable):
        _buy(till, till.stripe, BAD)
    till.stripe = there
    [record] = _pending(till)
    with _picky_stripe() as picky:
        assert service.finish(till.database, picky, record)
    assert _pending(till) == []
