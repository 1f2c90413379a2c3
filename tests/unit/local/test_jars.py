import os
from pathlib import Path

import pytest

from local import jars


@pytest.fixture(autouse=True)
def _bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRESTORE_EMULATOR_BINARY_PATH", "CLOUDSDK_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FIREBASE_EMULATORS_PATH", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(jars, "_USUAL_SDK_ROOTS", ())


def made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


SDK_JAR = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"


def test_nothing_is_found_on_a_bare_machine() -> None:
    assert jars.firestore_jar() is None
    assert jars.pubsub_command() is None


def test_each_place_comes_before_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gcloud = made(tmp_path / "sdk" / "bin" / "gcloud")
    gcloud.chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gcloud").symlink_to(gcloud)
    by_path = made(tmp_path / "sdk" / SDK_JAR)
    assert jars.firestore_jar() == by_path

    monkeypatch.setenv("CLOUDSDK_ROOT", str(tmp_path / "other-sdk"))
    by_root = made(tmp_path / "other-sdk" / SDK_JAR)
    assert jars.firestore_jar() == by_root

    older = made(tmp_path / "cache" / "cloud-firestore-emulator-v1.9.0.jar")
    newer = made(tmp_path / "cache" / "cloud-firestore-emulator-v1.22.0.jar")
    os.utime(older, (1, 1))
    assert jars.firestore_jar() == newer

    explicit = made(tmp_path / "mine.jar")
    monkeypatch.setenv("FIRESTORE_EMULATOR_BINARY_PATH", str(explicit))
    assert jars.firestore_jar() == explicit


def test_an_explicit_path_that_leads_nowhere_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_BINARY_PATH", "/nowhere.jar")
    with pytest.raises(FileNotFoundError, match=r"FIRESTORE_EMULATOR_BINARY_PATH is /nowhere\.jar"):
        jars.firestore_jar()
