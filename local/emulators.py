"""The Firestore emulator alone, started from its jar: what integration tests need."""

import contextlib
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.guard import Guarded
from local.jars import FIRESTORE_MAIN_CLASS, firestore_jar
from local.java import java_binary, with_java
from local.launchers import download
from local.ports import HOST, free_ports

_START_SECONDS = 60.0
_ATTEMPTS = 3
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class FirestoreEmulator:
    """A Firestore emulator that answers on 127.0.0.1."""

    port: int

    @property
    def address(self) -> str:
        """`host:port`, the form that FIRESTORE_EMULATOR_HOST wants."""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """The base of its REST interface."""
        return f"http://{self.address}"


@contextlib.contextmanager
def firestore_emulator(
    rules: Path | None = None, *, gibibytes: int = 1
) -> Iterator[FirestoreEmulator]:
    """Run a Firestore emulator on a free port, in a JVM of its own, for as long as the block lasts.

    Args:
        rules: a rules file that REST and client SDK calls obey; without one everything is open.
            Server SDKs pass the rules by either way.
        gibibytes: the most memory that it takes; it keeps every document there.

    Raises:
        RuntimeError: no jar was found and none could be downloaded, or the emulator did not start.
    """
    jar = firestore_jar() or download("firestore")
    with tempfile.TemporaryDirectory(prefix="firetill-") as scratch:
        log = Path(scratch) / "firestore.log"
        for attempt in range(1, _ATTEMPTS + 1):
            port = free_ports(1)[0]
            guarded = _start(jar, port, rules, log, gibibytes)
            try:
                failure = _wait_until_ready(guarded, port)
                if failure is None:
                    yield FirestoreEmulator(port)
                    return
            finally:
                guarded.stop()
            # Somebody may have taken the port between our look and the emulator's.
            if attempt == _ATTEMPTS:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise RuntimeError(f"The Firestore emulator {failure}. Its last words:\n{tail}")


def _start(jar: Path, port: int, rules: Path | None, log: Path, gibibytes: int) -> Guarded:
    command = [str(java_binary()), "-Duser.language=en", f"-Xmx{gibibytes}g", "-cp", str(jar)]
    command += [FIRESTORE_MAIN_CLASS, "--host", HOST, "--port", str(port)]
    if rules is not None:
        command += ["--rules", str(rules.resolve())]
    with log.open("wb") as sink:
        return Guarded(command, env=with_java(), cwd=log.parent, log=sink)


def _wait_until_ready(guarded: Guarded, port: int) -> str | None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        code = guarded.exit_code()
        if code is not None:
            return f"ended at once with code {code}"
        if answers(f"http://{HOST}:{port}/"):
            return None
        time.sleep(_POLL_SECONDS)
    return f"did not answer within {_START_SECONDS:.0f} seconds"


def answers(url: str) -> bool:
    """Whether an HTTP server answers at `url`, whatever it says."""
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
