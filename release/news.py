"""A change that users may see brings its news: ``python -m release.news BASE``.

Looks at what was changed since it left BASE (a branch or commit; ``--staged``: what is about to be
committed), and fails where something below a ``src/`` folder was changed and no fragment was added
to ``news/``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import PurePosixPath

KINDS = ("security", "removed", "changed", "added", "fixed", "internal")


def missing(paths: list[str]) -> list[str]:
    """What was changed without news; empty where there are some, or none are needed."""
    sources = [path for path in paths if "src" in PurePosixPath(path).parts[:-1]]
    sources = [path for path in sources if PurePosixPath(path).parts[0] != "tests"]
    return [] if any(map(is_fragment, paths)) else sources


def is_fragment(path: str) -> bool:
    """Whether a file is a piece of news, as in ``news/faster-lists.changed.md``."""
    parts = PurePosixPath(path)
    words = parts.name.split(".")
    return (
        str(parts.parent) == "news"
        and len(words) == 3
        and words[0] != ""
        and words[1] in KINDS
        and words[2] == "md"
    )


def changed(base: str) -> list[str]:
    """The files that were added or changed since the branch left its base."""
    what = ["--cached"] if base == "--staged" else [f"{base}...HEAD"]
    listed = subprocess.run(  # noqa: S603
        ["git", "diff", "--name-only", "--diff-filter=ACMR", *what],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.splitlines()


def main(arguments: list[str]) -> int:
    """Say what lacks news; returns the exit code."""
    (base,) = arguments or ["origin/main"]
    found = missing(changed(base))
    if found:
        print(f"{found[0]} and {len(found) - 1} others were changed" if found[1:] else found[0])
        print(f"add news/NAME.KIND.md, where KIND is one of {', '.join(KINDS)} (news/README.md)")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
