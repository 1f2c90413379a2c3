"""Small programs through which firebase-tools starts emulators that it did not download.

The Google Cloud SDK's Firestore jar names no main class, and firebase-tools runs it with `-jar`. It
also insists on changing the mode of whatever it starts, which the SDK's files may not allow. So it
gets files of ours that point to the real ones.
"""

import os
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

from local.jars import FIRESTORE_MAIN_CLASS, firestore_jar, pubsub_command
from local.java import with_java
from local.layout import FIREBASE, KEPT

_MANIFEST_LINE_BYTES = 72
_INSTALL_HINTS = {
    "firestore": ("FIRESTORE_EMULATOR_BINARY_PATH", "cloud-firestore-emulator"),
    "pubsub": ("PUBSUB_EMULATOR_BINARY_PATH", "pubsub-emulator"),
}


def manifest(jar: Path) -> bytes:
    """A jar manifest that starts the Firestore emulator out of `jar`.

    Lines are folded at 72 bytes, as the format demands; the fold may fall within a character.
    """
    lines = [
        "Manifest-Version: 1.0",
        f"Main-Class: {FIRESTORE_MAIN_CLASS}",
        f"Class-Path: {jar.resolve().as_uri()}",
    ]
    return b"".join(_folded(line.encode()) for line in lines) + b"\r\n"


def _folded(line: bytes) -> bytes:
    rows = [line[:_MANIFEST_LINE_BYTES]]
    rest = line[_MANIFEST_LINE_BYTES:]
    step = _MANIFEST_LINE_BYTES - 1  # a continuation begins with a space
    rows += [b" " + rest[start : start + step] for start in range(0, len(rest), step)]
    return b"\r\n".join(rows) + b"\r\n"


def write_launchers(directory: Path) -> dict[str, str]:
    """Write the launchers into `directory`; returns the variables that point firebase-tools there.

    Raises:
        RuntimeError: an emulator is not on this machine and could not be downloaded.
    """
    directory.mkdir(parents=True, exist_ok=True)
    jar = firestore_jar() or download("firestore")
    launcher_jar = directory / "firestore.jar"
    with zipfile.ZipFile(_fresh(launcher_jar), "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", manifest(jar))
    command = pubsub_command() or download("pubsub")
    launcher = directory / "pubsub"
    fresh = _fresh(launcher)
    fresh.write_text(f'#!/bin/sh\nexec {shlex.quote(str(command.resolve()))} "$@"\n')
    fresh.chmod(0o755)
    for target in (launcher_jar, launcher):
        _fresh(target).replace(target)  # two stacks may do this at once
    return {
        "FIRESTORE_EMULATOR_BINARY_PATH": str(launcher_jar),
        "PUBSUB_EMULATOR_BINARY_PATH": str(launcher),
    }


def _fresh(target: Path) -> Path:
    return target.with_name(f"{target.name}.{os.getpid()}")


def download(emulator: str) -> Path:
    """Let firebase-tools fetch the `firestore` or `pubsub` emulator into its cache.

    Raises:
        RuntimeError: it could not; the message says what to do instead.
    """
    outcome = subprocess.run(
        [str(FIREBASE), f"setup:emulators:{emulator}", "--non-interactive"],
        env=with_java() | {"CI": "true"},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    found = {"firestore": firestore_jar, "pubsub": pubsub_command}[emulator]()
    if outcome.returncode != 0 or found is None:
        variable, component = _INSTALL_HINTS[emulator]
        last_words = "\n".join((outcome.stdout + outcome.stderr).splitlines()[-5:])
        raise RuntimeError(
            f"The {emulator} emulator is not on this machine and could not be downloaded.\n"
            f"Either let firebase-tools reach storage.googleapis.com, or name the emulator in "
            f"{variable},\nor install it with the Google Cloud SDK: "
            f"`gcloud components install {component}`.\n"
            f"firebase-tools said:\n{last_words}"
        )
    return found


if __name__ == "__main__":
    try:
        write_launchers(KEPT / "bin")
    except (RuntimeError, FileNotFoundError) as problem:
        sys.exit(str(problem))
