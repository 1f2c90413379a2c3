from pathlib import Path

import pytest

from local.locks import disagreements, header, pinned, problems, requirements


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.in"
    path.write_text("# why\n-c other.txt\nstripe~=16.1  # pinned\nFirebase_Admin>=7\n")
    return path


def locked(source: Path, text: str) -> Path:
    lock = source.with_suffix(".txt")
    lock.write_text(header(source) + text)
    return lock


GOOD = (
    "firebase-admin==7.7.0\n    # via -r requirements.in\nstripe==16.1.0 ; python_version > '3'\n"
)


def test_a_lock_in_step_has_no_problems(source: Path) -> None:
    assert list(problems(source, locked(source, GOOD))) == []


def test_an_edited_source_shows(source: Path) -> None:
    lock = locked(source, GOOD)
    source.write_text(source.read_text() + "# another reason\n")
    assert list(problems(source, lock)) == [
        "requirements.txt was made from another requirements.in."
    ]


def test_an_edited_lock_shows(source: Path) -> None:
    lock = locked(source, GOOD.replace("16.1.0", "15.9.0").replace("firebase-admin", "other"))
    assert list(problems(source, lock)) == [
        "requirements.txt has 15.9.0 for requirements.in's stripe~=16.1.",
        "requirements.txt lacks Firebase_Admin.",
    ]


def test_two_locks_for_one_environment_must_agree() -> None:
    assert list(disagreements(["a==1\nb==2\n", "b==3\nc==4\n"])) == ["b is locked at 2 and at 3."]


def test_only_requirements_are_read() -> None:
    text = "# comment\n-r x.txt\n\na==1\n    # via b\nb[extra]==2 ; python_version < '4'\n"
    assert [each.name for each in requirements(text)] == ["a", "b"]
    assert pinned(text) == {"a": "1", "b": "2"}
