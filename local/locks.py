"""The lock files: whether they are in step with what they lock, and how to bring them so.

The check needs no network. A lock names the fingerprint of the `.in` file that it was made from, so
any edit shows; a lock edited by hand shows where it no longer satisfies a requirement.
"""

import argparse
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

from local.layout import ROOT, VENV

LOCKS = {
    ROOT / "functions" / "requirements.in": ROOT / "functions" / "requirements.txt",
    ROOT / "requirements-dev.in": ROOT / "requirements-dev.txt",
}
_HEADER = "# `make lock` wrote this from {name}, sha256 {digest}\n"


def header(source: Path) -> str:
    """The first line of the lock made from `source` as it is now."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    return _HEADER.format(name=source.name, digest=digest)


def problems(source: Path, lock: Path) -> Iterator[str]:
    """Each way in which `lock` does not fit `source`, as a sentence."""
    locked = lock.read_text()
    if not locked.startswith(header(source)):
        yield f"{lock.name} was made from another {source.name}."
    pins = pinned(locked)
    for requirement in requirements(source.read_text()):
        version = pins.get(normal(requirement.name))
        if version is None:
            yield f"{lock.name} lacks {requirement.name}."
        elif not requirement.specifier.contains(version, prereleases=True):
            yield f"{lock.name} has {version} for {source.name}'s {requirement}."


def disagreements(locks: list[str]) -> Iterator[str]:
    """Each package that two lock files pin differently, although one environment installs both."""
    first, *others = [pinned(lock) for lock in locks]
    for other in others:
        for name in sorted(first.keys() & other.keys()):
            if first[name] != other[name]:
                yield f"{name} is locked at {first[name]} and at {other[name]}."


def requirements(text: str) -> list[Requirement]:
    """The requirements in a requirements file; comments and options such as `-c` left out."""
    lines = (line.split(" #")[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def pinned(lock: str) -> dict[str, str]:
    """The version of each package in the text of a lock file."""
    return {
        normal(each.name): next(iter(each.specifier)).version
        for each in requirements(lock)
        if len(each.specifier) == 1
    }


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return name.lower().replace("_", "-").replace(".", "-")


def check() -> list[str]:
    """Everything that is out of step, as sentences."""
    found = [problem for source, lock in LOCKS.items() for problem in problems(source, lock)]
    found += disagreements([lock.read_text() for lock in LOCKS.values()])
    node = subprocess.run(
        ["npm", "ls", "--all", "--package-lock-only", "--loglevel=error"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if node.returncode != 0:
        found.append(f"package-lock.json does not fit package.json:\n{node.stderr.strip()}")
    return found


def write(options: list[str]) -> None:
    """Resolve every lock anew; `options` go to the resolver.

    Raises:
        subprocess.CalledProcessError: nothing satisfies the requirements.
    """
    for source, lock in LOCKS.items():
        command = [str(VENV / "bin" / "uv"), "pip", "compile", str(source.relative_to(ROOT))]
        command += ["--universal", "--python-version", "3.11", "--no-header", "--quiet"]
        command += ["--no-emit-index-url", "--no-emit-find-links", *options]
        command += ["--output-file", str(lock.relative_to(ROOT))]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        lock.write_text(header(source) + lock.read_text())
    npm = ["npm", "install", "--package-lock-only", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(npm, cwd=ROOT, check=True)


def main(arguments: list[str]) -> int:
    """Check the lock files, or write them; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make lock", description=__doc__)
    parser.add_argument("--write", action="store_true", help="resolve instead of checking")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    options = parser.parse_args(arguments)
    if options.write:
        write(["--upgrade"] if options.upgrade else [])
    out_of_step = check()
    for problem in out_of_step:
        print(problem, file=sys.stderr)
    if out_of_step:
        print("Run `make lock`.", file=sys.stderr)
        return 1
    print("Lock files are in step.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
