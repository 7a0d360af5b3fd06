from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from modelhunter import webhooks


@pytest.mark.parametrize("name", webhooks.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert inspect.getdoc(getattr(webhooks, name))
    assert name in dir(webhooks)


def test_no_module_takes_the_place_of_a_public_name():
    """``webhooks.wsgi`` is the function, also after every module of the package was imported."""
    code = (
        "import pkgutil, importlib, types\n"
        "import modelhunter.webhooks as w\n"
        "for module in pkgutil.iter_modules(w.__path__):\n"
        "    importlib.import_module(f'{w.__name__}.{module.name}')\n"
        "print([n for n in w.__all__ if isinstance(getattr(w, n), types.ModuleType)])\n"
    )
    assert run(code) == "[]"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"modelhunter\.webhooks"):
        webhooks.Nonsense  # noqa: B018


def run(code):
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import modelhunter.webhooks", {"attrs", "hmac", "json", "modelhunter.api"}),
        (
            "from modelhunter.webhooks import verify, sign",
            {"urllib3", "aiohttp", "pluggy", "http.server", "asyncio", "modelhunter.plugins"},
        ),
    ],
)
def test_imports_bring_no_more_than_they_need(statement, absent):
    loaded = {
        what: set(run(f"{code}\nimport sys\nprint(*sys.modules)").split())
        for what, code in (("with", statement), ("without", "pass"))
    }
    assert not absent & loaded["with"] - loaded["without"]
