"""Starts the stack, plays the story on it, stops the stack; the exit code says how it came out."""

import argparse
import os
import sys
import time

from local.demo.play import play
from local.layout import KEPT
from local.ports import Ports
from local.stack import DEFAULT_PROJECT, Stack, StackError
from local.up import interruptible


def main(arguments: list[str]) -> int:
    """Run the demo; returns the exit code."""
    options = _parser().parse_args(arguments)
    # The demo pays by itself, which only the double allows, so a key of Stripe's is left aside.
    environment = {name: value for name, value in os.environ.items() if name != "STRIPE_SECRET_KEY"}
    stack = Stack(
        ports=Ports.free() if options.free_ports else Ports(),
        project_id=options.project,
        environment=environment,
        logs=KEPT / "logs" / "demo",
    )
    began = time.monotonic()
    _say("Starting Firestore, Auth, Functions, Pub/Sub, Tasks and the Stripe double (about 20 s) …")
    try:
        with interruptible(), stack:
            _say(f"The stack is up after {time.monotonic() - began:.0f} s.")
            return play(stack)
    except StackError as problem:
        print(f"The stack did not start.\n{problem}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        _say("\nThe demo was interrupted; everything has stopped.")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--project", default=DEFAULT_PROJECT, help="a demo- project id")
    parser.add_argument(
        "--free-ports", action="store_true", help="listen on ports that happen to be free"
    )
    return parser


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
