"""Where the emulators' programs are on this machine."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

FIRESTORE_MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_SDK_FIRESTORE = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"
_SDK_PUBSUB = "platform/pubsub-emulator/bin/cloud-pubsub-emulator"
_USUAL_SDK_ROOTS = (
    "~/google-cloud-sdk",
    "/usr/lib/google-cloud-sdk",
    "/usr/local/google-cloud-sdk",
    "/opt/google-cloud-sdk",
    "/snap/google-cloud-cli/current",
    "/opt/homebrew/share/google-cloud-sdk",
    "/usr/local/share/google-cloud-sdk",
)


def firebase_cache() -> Path:
    """Where firebase-tools keeps the emulators that it downloads."""
    configured = os.environ.get("FIREBASE_EMULATORS_PATH")
    return Path(configured) if configured else Path.home() / ".cache" / "firebase" / "emulators"


def cloud_sdk_roots() -> Iterator[Path]:
    """Every place that may hold a Google Cloud SDK, likeliest first."""
    if configured := os.environ.get("CLOUDSDK_ROOT"):
        yield Path(configured)
    if gcloud := shutil.which("gcloud"):
        yield Path(gcloud).resolve().parent.parent
    yield from (Path(root).expanduser() for root in _USUAL_SDK_ROOTS)


def firestore_jar() -> Path | None:
    """The Firestore emulator's jar, or None if it has to be downloaded.

    An explicit FIRESTORE_EMULATOR_BINARY_PATH comes first, then what firebase-tools has downloaded,
    newest first, then the Google Cloud SDK's component.

    Raises:
        FileNotFoundError: the explicit path leads nowhere.
    """
    return _find(
        "FIRESTORE_EMULATOR_BINARY_PATH", "cloud-firestore-emulator-v*.jar", _SDK_FIRESTORE
    )


def pubsub_command() -> Path | None:
    """The Pub/Sub emulator's start script, looked for like `firestore_jar`, or None."""
    pattern = "pubsub-emulator-*/pubsub-emulator/bin/cloud-pubsub-emulator"
    return _find("PUBSUB_EMULATOR_BINARY_PATH", pattern, _SDK_PUBSUB)


def _find(variable: str, cached: str, in_sdk: str) -> Path | None:
    if explicit := os.environ.get(variable):
        if not Path(explicit).is_file():
            raise FileNotFoundError(f"{variable} is {explicit}, and there is no such file.")
        return Path(explicit)
    in_cache = sorted(firebase_cache().glob(cached), key=lambda path: path.stat().st_mtime)
    if in_cache:
        return in_cache[-1]
    return next((root / in_sdk for root in cloud_sdk_roots() if (root / in_sdk).is_file()), None)
