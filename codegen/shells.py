"""Makes the blocking client from the async one, so that neither can gain what the other lacks.

The clients are thin: all behaviour is in flows, which both run. What is left are signatures and
docstrings, and those differ by a handful of words. ``python codegen/shells.py`` rewrites
``client/blocking`` from ``client/aio``; with ``--check`` it only compares.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

CLIENT = Path(__file__).parent.parent / "src" / "modelhunter" / "client"
MODULES = ("client.py", "resources.py", "task.py")
HEADER = "# Made from client/aio/{name} by codegen/shells.py: change that, then `nox -s codegen`.\n"
WORDS = (
    (r"(?m)^    Awaited,\n", ""),
    (r"\bAwaited\[(\w+)\]", r"\1"),
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\b(a|an) async client\b", r"a blocking client"),
    (r"\basync client\b", "blocking client"),
    (r"\bclient\.aio\b", "client.blocking"),
    (r"\b__a(enter|exit)__\b", r"__\1__"),
    (r"\baclose\b", "close"),
)


def blocking(source: str, name: str) -> str:
    """The blocking twin of a module of the async client."""
    for pattern, replacement in WORDS:
        source = re.sub(pattern, replacement, source)
    path = str(CLIENT / "blocking" / name)
    source = ruff(HEADER.format(name=name) + source, "format", "--stdin-filename", path)
    return ruff(source, "check", "--select", "I", "--fix", "--quiet", "--stdin-filename", path)


def ruff(source: str, *arguments: str) -> str:
    """What a ruff command makes of a module."""
    command = [sys.executable, "-m", "ruff", *arguments, "-"]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout


def main(arguments: list[str]) -> int:
    """Write the blocking client, or compare it; returns the exit code."""
    stale = []
    for name in MODULES:
        made = blocking((CLIENT / "aio" / name).read_text("utf-8"), name)
        target = CLIENT / "blocking" / name
        if target.exists() and target.read_text("utf-8") == made:
            continue
        stale.append(name)
        if "--check" not in arguments:
            target.write_text(made, "utf-8")
    if stale and "--check" in arguments:
        print(f"client/blocking is not what client/aio makes: {', '.join(stale)}; nox -s codegen")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
