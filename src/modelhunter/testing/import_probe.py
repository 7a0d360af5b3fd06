"""What is imported when a model is looked up, seen in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

from attrs import frozen

_HEAVY = (
    *("modelhunter.sandbox", "modelhunter.testing", "modelhunter.cli", "pytest", "jsonschema"),
    *("aiohttp", "PIL", "av", "numpy", "starlette", "requests", "httpx"),
)
"""Modules that take long to import, and that describing models does not need."""

_LOOK = """
import json, sys
from modelhunter.plugins import default_registry
from modelhunter.plugins.discovery import installed_sources
default_registry().model(sys.argv[1])
targets = {source.target for source in installed_sources()}
found = {
    "plugins": sorted(t for t in targets if t.partition(":")[0] in sys.modules),
    "heavy": [name for name in sys.argv[2:] if name in sys.modules],
}
print(json.dumps(found))
"""


@frozen
class Imported:
    """Plugins that were imported, by what their entry points refer to, and slow modules."""

    plugins: list[str]
    heavy: list[str]


def imported_for(model: str) -> Imported:
    """What asking for a model imports.

    Raises:
        RuntimeError: it could not be found; the message is what was printed.
    """
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", _LOOK, model, *_HEAVY], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Imported(**json.loads(done.stdout))
