import subprocess
import zipfile
from pathlib import Path

import pytest

from local import launchers
from local.launchers import manifest, write_launchers


@pytest.mark.parametrize("depth", [0, 1, 3, 12])
def test_manifest_lines_are_folded_at_72_bytes(tmp_path: Path, depth: int) -> None:
    jar = tmp_path.joinpath(*["a directory with é in it"] * depth, "firestore.jar")
    lines = manifest(jar).split(b"\r\n")
    assert all(len(line) <= 72 for line in lines)
    assert lines[-2:] == [b"", b""]
    unfolded = manifest(jar).replace(b"\r\n ", b"").decode().splitlines()
    assert unfolded[2] == f"Class-Path: {jar.as_uri()}"
    assert unfolded[1].endswith(".CloudFirestore")


def test_the_launchers_point_to_the_real_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar, command = tmp_path / "real.jar", tmp_path / "real's pubsub"
    jar.touch()
    command.write_text('#!/bin/sh\necho "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("FIRESTORE_EMULATOR_BINARY_PATH", str(jar))
    monkeypatch.setenv("PUBSUB_EMULATOR_BINARY_PATH", str(command))
    variables = write_launchers(tmp_path / "bin")
    with zipfile.ZipFile(variables["FIRESTORE_EMULATOR_BINARY_PATH"]) as archive:
        assert archive.read("META-INF/MANIFEST.MF") == manifest(jar)
    called = [variables["PUBSUB_EMULATOR_BINARY_PATH"], "--port=1", "a b"]
    said = subprocess.run(called, capture_output=True, text=True, check=True).stdout
    assert said == "--port=1 a b\n"
    assert sorted(path.name for path in (tmp_path / "bin").iterdir()) == ["firestore.jar", "pubsub"]


def test_a_download_that_fails_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firebase = tmp_path / "firebase"
    firebase.write_text("#!/bin/sh\necho no network\nexit 1\n")
    firebase.chmod(0o755)
    monkeypatch.setattr(launchers, "FIREBASE", firebase)
    with pytest.raises(RuntimeError) as refusal:
        launchers.download("pubsub")
    for words in ("PUBSUB_EMULATOR_BINARY_PATH", "install pubsub-emulator`", "no network"):
        assert words in str(refusal.value)
