"""The Firebase project directory that one stack runs: links to the checkout, settings of its own.

firebase-tools reads ports from `firebase.json` and parameters from files beside the functions, and
the pages learn from `config.json` where the emulators are. Two stacks in one checkout would share
those, so each gets a directory in which only they are its own. Edits to the functions and new
builds of the pages show through the links; firebase-tools reloads the functions.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.layout import PAGES, ROOT
from local.ports import HOST, Ports

_NOT_LINKED = {".env.local", ".secret.local", "__pycache__", ".venv"}
HOSTING = "hosting"
"""The folder of what Hosting serves, in the project's directory."""
_PAGES_CONFIG = "config.json"
_GUESTS_HEADERS = {
    "source": "/guests/**",
    "headers": [{"key": "Cache-Control", "value": "no-cache"}],
}
"""For the page of guests, which is of each stack's own: the next stack has others."""
_FIREBASE_RULES = ("firestore.rules", "firestore.indexes.json")


def write_project(
    directory: Path,
    *,
    functions: Path,
    ports: Ports,
    project_id: str,
    parameters: Mapping[str, str],
    secrets: Mapping[str, str],
    pages: Path = PAGES,
) -> None:
    """Fill `directory` with a project that firebase-tools can run.

    Args:
        directory: exists and is empty.
        functions: the functions' source, with its virtual environment in `venv`.
        ports: where the emulators are to listen.
        project_id: the emulated project.
        parameters: values of the functions' parameters.
        secrets: values of the functions' secrets.
        pages: the built pages; without them Hosting serves the functions alone.
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
    _write_pages(directory / HOSTING, pages, ports)
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
    hosting = {
        **deployed["hosting"],
        "public": HOSTING,
        "headers": [
            {**each, "headers": [_with_emulators(header) for header in each["headers"]]}
            for each in [*deployed["hosting"]["headers"], _GUESTS_HEADERS]
        ],
    }
    return {**deployed, "functions": codebases, "hosting": hosting, "emulators": emulators}


def _write_pages(hosting: Path, pages: Path, ports: Ports) -> None:
    hosting.mkdir()
    for entry in pages.iterdir() if pages.is_dir() else ():
        if entry.name != _PAGES_CONFIG and not entry.name.startswith("."):
            (hosting / entry.name).symlink_to(entry.resolve(), entry.is_dir())
    config = {
        "emulators": {
            "auth": f"http://{HOST}:{ports.auth}",
            "firestore": f"{HOST}:{ports.firestore}",
            "functions": f"http://{HOST}:{ports.functions}",
        },
        "appCheckSiteKey": None,
    }
    (hosting / _PAGES_CONFIG).write_text(json.dumps(config, indent=2))


def _with_emulators(header: Mapping[str, str]) -> dict[str, str]:
    """`header`, which lets the pages talk to the emulators if it says whom they may talk to."""
    here = f"connect-src http://{HOST}:* "
    return {**header, "value": header["value"].replace("connect-src ", here)}


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
