"""``python -m local.stripe_double``: the double on a port of its own, until it is told to stop."""

import argparse
import signal
import threading

from local.stripe_double.double import StripeDouble


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m local.stripe_double", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8420)
    parser.add_argument("--webhook-url", help="where events go; absent, they are only recorded")
    parser.add_argument("--webhook-secret", default="whsec_firetill_local")
    parser.add_argument("--seed", type=int, help="make ids repeat from run to run")
    parser.add_argument(
        "--webhook-workers", type=int, default=1, help="webhooks under way at once (default: 1)"
    )
    parser.add_argument(
        "--webhook-timeout", type=float, default=30.0, help="seconds for an answer (default: 30)"
    )
    parser.add_argument(
        "--retry-delays",
        type=_seconds,
        default=(1.0, 2.0, 4.0, 8.0, 16.0, 32.0),
        help="seconds before each further attempt (default: 1,2,4,8,16,32)",
    )
    given = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with StripeDouble(
        webhook_url=given.webhook_url,
        webhook_secret=given.webhook_secret,
        host=given.host,
        port=given.port,
        seed=given.seed,
        retry_delays=given.retry_delays,
        delivery_timeout_seconds=given.webhook_timeout,
        workers=given.webhook_workers,
    ) as double:
        print(f"The Stripe double is ready at {double.url}", flush=True)
        stop.wait()


def _seconds(listed: str) -> tuple[float, ...]:
    return tuple(float(part) for part in listed.split(",") if part)


if __name__ == "__main__":
    main()
