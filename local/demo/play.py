"""Playing the story on a running stack."""

import json
import subprocess
from pathlib import Path

from local.stack import Stack

_MAIN = Path(__file__).parent / "main.js"


def command(stack: Stack) -> list[str]:
    """The command that tells the story on `stack`; it exits 0 if every balance came out right."""
    return ["node", str(_MAIN), addresses(stack)]


def addresses(stack: Stack) -> str:
    """Where the parts of `stack` are, as the JSON that the story and other clients take.

    Raises:
        ValueError: the stack talks to Stripe itself, where nobody presses Pay.
    """
    if stack.stripe.api_base is None:
        raise ValueError("The story needs a stack with the Stripe double.")
    return json.dumps(
        {
            "projectId": stack.project_id,
            "authUrl": stack.auth_url,
            "functionsUrl": stack.functions_url,
            "firestoreUrl": f"http://{stack.firestore_address}",
            "stripeUrl": stack.stripe.api_base,
            "hostingUrl": stack.hosting_url,
        }
    )


def play(stack: Stack) -> int:
    """Tell the story on `stack`, to this process's own output; returns the exit code."""
    return subprocess.run(command(stack), check=False).returncode
