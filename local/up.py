"""`make up`: the stack in the foreground, until Ctrl-C."""

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from local.function_logs import Follower
from local.layout import KEPT, ROOT
from local.ports import Ports
from local.stack import DEFAULT_PROJECT, PROXY_KEY, Stack, StackError
from local.stripe_account import forwarding_advice

_LOOK_EVERY_SECONDS = 0.5


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
            speed=options.speed,
            report=_say,
        )
        with interruptible():
            _say("Starting Firestore, Auth, Functions, Pub/Sub, Tasks and Stripe (about 20 s) …")
            with stack:
                _say(ready_message(stack, logs))
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


def ready_message(stack: Stack, logs: Path) -> str:
    """What to say once everything answers: the addresses, and how to go on."""
    addresses = {
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
    parts = ["Firetill is ready", table, advice, "Ctrl-C stops all of it."]
    return "\n\n".join(part for part in parts if part)


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
