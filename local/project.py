"""The Firebase project directory that one stack runs: links to the checkout, settings of its own.

firebase-tools reads ports from `firebase.json` and parameters from files beside the functions. Two
stacks in one checkout would share those, so each gets a directory in which only they are its own.
Edits to the functions show through the links, and firebase-tools reloads them.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.layout import ROOT
from local.ports import HOST, Ports

_NOT_LINKED = {".env.local", ".secret.local", "__pycache__", ".venv"}
_FIREBASE_RULES = ("firestore.rules", "firestore.indexes.json")


def write_project(
    directory: Path,
    *,
    functions: Path,
    ports: Ports,
    project_id: str,
    parameters: Mapping[str, str],
    secrets: Mapping[str, str],
) -> None:
    """Fill `directory` with a project that firebase-tools can run.

    Args:
        directory: exists and is empty.
        functions: the functions' source, with its virtual environment in `venv`.
        ports: where the emulators are to listen.
        project_id: the emulated project.
        parameters: values of the functions' parameters.
        secrets: values of the functions' secrets.
    """
    source = directory / "functions"
    source.mkdir()
    for entry in functions.iterdir():
        if entry.name not in _NOT_LINKED:
            (source / entry.name).symlink_to(entry.resolve(), entry.is_dir())
    (source / ".env.local").write_text(dotenv(parameters))
    secret_file = source / ".secret.local"
    secret_file.touch(mode=0o600)
    secret_file.write_text(dotenv(secrets))
    for name in _FIREBASE_RULES:
        if (ROOT / name).exists():
            (directory / name).symlink_to(ROOT / name)
    deployed = json.loads((ROOT / "firebase.json").read_text())
    settings = local_settings(deployed, ports, sys.version_info[:2])
    (directory / "firebase.json").write_text(json.dumps(settings, indent=2))
    (directory / ".firebaserc").write_text(json.dumps({"projects": {"default": project_id}}))


def local_settings(
    deployed: Mapping[str, Any], ports: Ports, python: tuple[int, int]
) -> dict[str, Any]:
    """What the deployed `firebase.json` becomes on this machine.

    The emulator starts the `python3.X` that the runtime names, so the runtime has to be the one of
    the virtual environment, whatever is deployed.
    """
    codebases = [
        {**codebase, "source": "functions", "runtime": f"python{python[0]}{python[1]}"}
        for codebase in deployed["functions"]
    ]
    emulators: dict[str, Any] = {
        name: {"host": HOST, "port": port}
        for name, port in ports.named().items()
        if name not in {"stripe", "websocket"}
    }
    emulators["firestore"]["websocketPort"] = ports.websocket
    emulators |= {"ui": {"enabled": False}, "singleProjectMode": True}
    return {**deployed, "functions": codebases, "emulators": emulators}


def dotenv(values: Mapping[str, str]) -> str:
    """`values` in the notation of firebase-tools' `.env` files.

    Raises:
        ValueError: a value spans lines, which that notation cannot hold.
    """
    for name, value in values.items():
        if "\n" in value or "\r" in value:
            raise ValueError(f"The value of {name} spans more than one line.")
    escape = str.maketrans({"\\": "\\\\", '"': '\\"', "'": "\\'"})
    return "".join(f'{name}="{value.translate(escape)}"\n' for name, value in values.items())
