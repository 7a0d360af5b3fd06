"""A server on this machine that behaves as the documentation says the API behaves.

>>> from modelhunter.sandbox import Sandbox
>>> with Sandbox(speed=60) as sandbox:                              # doctest: +SKIP
...     mh = ModelHunter(api_key=sandbox.key, base_url=sandbox.url)

It needs the extra ``sandbox``; without it, importing this package raises a
:class:`~modelhunter.errors.ConfigurationError` that says how to get it.
"""

from importlib.util import find_spec

from modelhunter.errors import ConfigurationError

_MISSING = [
    name for name in ("starlette", "uvicorn", "PIL", "av", "jsonschema") if find_spec(name) is None
]
if _MISSING:
    raise ConfigurationError(
        f"the sandbox needs {', '.join(_MISSING)}, not installed here: "
        "pip install 'modelhunter[sandbox]'"
    )

from modelhunter.sandbox.clock import ManualClock  # noqa: E402 - only with the extra
from modelhunter.sandbox.faults import Fault, Faults  # noqa: E402
from modelhunter.sandbox.server import Sandbox  # noqa: E402

__all__ = ["Fault", "Faults", "ManualClock", "Sandbox"]
