"""A shop that takes money through the double: its server, its app, its webhook endpoint."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe

from local.stripe_double import StripeDouble

RETURN = "https://shop.example/after"
SECRET = "whsec_of_the_test"


@dataclass
class Receiver:
    """A webhook endpoint that answers what the test has put into ``answers``, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    pause_seconds: float = 0.0
    received: list[tuple[bytes, str]] = field(default_factory=list)

    def events(self) -> list[Any]:
        return [
            stripe.Webhook.construct_event(body, signature, SECRET)
            for body, signature in self.received
        ]

    def types(self) -> list[str]:
        return [event.type for event in self.events()]


@contextlib.contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.received.append((body, self.headers["Stripe-Signature"]))
            stopped.wait(receiver.pause_seconds)
            with contextlib.suppress(ConnectionError):
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.end_headers()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield receiver
    stopped.set()
    server.shutdown()
    server.server_close()
    thread.join()


def client_of(double: StripeDouble, key: str = "sk_test_one") -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": double.url}, max_network_retries=0)


@dataclass
class Shop:
    double: StripeDouble
    receiver: Receiver

    def __post_init__(self) -> None:
        self.client = client_of(self.double)
        self.app = client_of(self.double, "pk_test_one")

    def order(self, key: str | None = None, **params: Any) -> stripe.PaymentIntent:
        wanted: Any = {"amount": 999, "currency": "usd", **params}
        options: Any = {"idempotency_key": key} if key else {}
        return self.client.v1.payment_intents.create(wanted, options)

    def confirm(self, intent: str, method: str = "pm_card_visa", **more: Any) -> Any:
        params: Any = {"payment_method": method, "return_url": RETURN, **more}
        return self.client.v1.payment_intents.confirm(intent, params)

    def paid(self, method: str = "pm_card_visa", **params: Any) -> Any:
        return self.confirm(self.order(**params).id, method)

    def told(self) -> list[str]:
        """The types of all events that were delivered, once the double is done."""
        self.double.wait_idle()
        return self.receiver.types()

    def subscriber(self, method: str | None = "pm_card_visa") -> str:
        """A customer, whose invoices are charged to the method by themselves if there is one."""
        customer = self.client.v1.customers.create({"email": "s@example.com"}).id
        if method:
            kept = self.client.v1.payment_methods.attach(method, {"customer": customer}).id
            self.client.v1.customers.update(
                customer, {"invoice_settings": {"default_payment_method": kept}}
            )
        return customer

    def subscribe(self, customer: str, tier: str = "plus", **more: Any) -> Any:
        params: Any = {
            "customer": customer,
            "items": [{"price": price_of(tier)}],
            "expand": ["latest_invoice.confirmation_secret", "latest_invoice.payments"],
            **more,
        }
        return self.client.v1.subscriptions.create(params)

    def subscription(self, subscription: str) -> Any:
        params: Any = {"expand": ["latest_invoice.payments"]}
        return self.client.v1.subscriptions.retrieve(subscription, params)

    def since(self, count: int) -> list[str]:
        """The types of the events after the first so many."""
        return self.told()[count:]


@contextlib.contextmanager
def opened(clock: Callable[[], float] = time.time) -> Iterator[Shop]:
    """A shop, its endpoint and its double."""
    with (
        listening() as receiver,
        StripeDouble(
            webhook_url=receiver.url,
            webhook_secret=SECRET,
            clock=clock,
            seed=1,
            retry_delays=(0.02, 0.05),
            delivery_timeout_seconds=2,
        ) as double,
    ):
        yield Shop(double, receiver)


@contextlib.contextmanager
def standing_still() -> Iterator[Shop]:
    """A shop whose time moves only when a test moves it."""
    now = float(int(time.time()))
    with opened(lambda: now) as shop:
        yield shop


def price_of(tier: str) -> str:
    return f"price_firetill_{tier}_monthly"
