"""Where things are in the checkout, and where the commands keep what they generate."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = ROOT / "functions"
VENV = FUNCTIONS / "venv"
PAGES = ROOT / "web" / "dist"
"""The built pages, as Hosting serves them."""
FIREBASE = ROOT / "node_modules" / ".bin" / "firebase"
KEPT = ROOT / ".firetill"
"""Logs, launchers and firebase-tools' own settings; survives from run to run, git ignores it."""
STACKS = ROOT / "build" / "stacks"
"""One directory for each running stack. Not under a dot directory: firebase-tools would not see
edits there, and so would not reload the functions."""
