"""`make up`: the stack in the foreground, with a day of history, until Ctrl-C."""

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from local.function_logs import Follower
from local.layout import KEPT, ROOT
from local.ports import Ports
from local.stack import DEFAULT_PROJECT, PROXY_KEY, Stack, StackError
from local.stripe_account import forwarding_advice

_LOOK_EVERY_SECONDS = 0.5

History = tuple[Mapping[str, str], str | None]
_NO_HISTORY: History = ({}, None)


def main(arguments: list[str]) -> int:
    """Run the stack until it is interrupted; returns the exit code."""
    options = _parser().parse_args(arguments)
    logs = KEPT / "logs" / "up"
    try:
        stack = Stack(
            ports=Ports.free() if options.free_ports else Ports(),
            project_id=options.project,
            functions=options.functions,
            logs=logs,
            report=_say,
        )
        with interruptible():
            _say("Starting Firestore, Auth, Functions, Hosting, Tasks, Stripe (about 20 s) …")
            with stack:
                history = _NO_HISTORY if options.empty else _seeded(stack)
                stack.fire_schedules(options.speed)
                _say(ready_message(stack, logs, *history))
                _wait(stack, Follower(logs / "firebase.log", options.log_level))
    except (StackError, ValueError) as problem:
        print(f"Firetill did not stay up.\n{problem}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        _say("\nFiretill has stopped.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make up", description=__doc__)
    parser.add_argument(
        "--speed",
        type=_positive,
        default=1.0,
        help="fire scheduled functions this many times faster than the clock",
    )
    parser.add_argument("--empty", action="store_true", help="begin without a day of history")
    parser.add_argument("--project", default=DEFAULT_PROJECT, help="a demo- project id")
    parser.add_argument(
        "--free-ports", action="store_true", help="listen on ports that happen to be free"
    )
    parser.add_argument("--functions", type=Path, default=ROOT / "functions", help="their source")
    parser.add_argument(
        "--log-level",
        default="WARNING",
        choices=["DEBUG", "INFO", "WARNING", "ERROR"],
        help="the least severity of the functions' log entries to show here",
    )
    return parser


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("must be above zero")
    return number


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the block as Ctrl-C does.

    The first signal raises KeyboardInterrupt; the later ones, which an impatient finger sends while
    everything is being stopped, are ignored.
    """

    def interrupt(_number: int, _frame: object) -> None:
        for number in watched:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    watched = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in watched}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ready_message(stack: Stack, logs: Path, pages: Mapping[str, str], sign_ins: str | None) -> str:
    """What to say once everything answers: the addresses, who may sign in, and how to go on.

    Args:
        stack: it runs.
        logs: where its logs are.
        pages: the addresses of the history's own pages.
        sign_ins: who may sign in, and how; None if there is nobody yet.
    """
    addresses = {
        "Door": f"{stack.hosting_url}/door/",
        "Console": f"{stack.hosting_url}/console/",
        **pages,
        "Functions": stack.function_url(""),
        "REST": stack.api_url,
        "REST docs": f"{stack.api_url}/docs",
        "Webhook": stack.webhook_url,
        "Firestore": stack.firestore_address,
        "Auth": stack.auth_url,
        "Pub/Sub": f"127.0.0.1:{stack.ports.pubsub}",
        "Tasks": f"127.0.0.1:{stack.ports.tasks}",
        "Stripe": stack.stripe.api_base or "Stripe itself, in test mode",
        "Project": stack.project_id,
        "Proxy key": PROXY_KEY,
        "Schedules": ", ".join(f"{job.name} ({job.words})" for job in stack.jobs) or "none",
        "Logs": os.path.relpath(logs),
    }
    table = "\n".join(f"  {name:<10} {address}" for name, address in addresses.items())
    advice = forwarding_advice(stack.stripe, stack.webhook_url)
    parts = ["Firetill is ready", table, sign_ins, advice, "Ctrl-C stops all of it."]
    return "\n\n".join(part for part in parts if part)


def _seeded(stack: Stack) -> History:
    """Give the stack its history; return the addresses of its pages, and who may sign in."""
    # What deployed code needs is slow to import, and an empty stack needs none of it.
    from local.seed import report  # noqa: PLC0415

    if not stack.stripe.is_double:
        _say("Stripe itself is in use, whose past is its own: the stack begins without a history.")
        return _NO_HISTORY
    print("Seeding a day of history … ", end="", flush=True)
    began = time.monotonic()
    seeded = report.seed_and_tell(stack)
    _say(f"{time.monotonic() - began:.0f} s")
    return seeded


def _wait(stack: Stack, functions_log: Follower) -> None:
    # make may be killed alone; its stack must not stay up unseen.
    maker = os.getppid() if "MAKELEVEL" in os.environ else None
    with contextlib.closing(functions_log):
        while maker is None or os.getppid() == maker:
            for line in functions_log.new_lines():
                _say(line)
            stack.watch()
            time.sleep(_LOOK_EVERY_SECONDS)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
