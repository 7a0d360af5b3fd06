"""Pages made of docstrings: for the site with mkdocstrings, and as plain Markdown."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

from website.docstrings import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT = "modelhunter.client.blocking"
PAGES = {
    "client": (
        "The client",
        (
            f"{CLIENT}.client.ModelHunter",
            f"{CLIENT}.task.Task",
            *(f"{CLIENT}.resources.{name}" for name in ("Tasks", "Files", "Webhooks", "ApiKeys")),
            "modelhunter.estimates.Estimate",
            "modelhunter.jobs.prepared.Prepared",
            "modelhunter.jobs.polling.Polling",
            "modelhunter.runtime.retry.Retry",
            "modelhunter.runtime.session.Timeouts",
        ),
    ),
    "async-client": (
        "The async client",
        (
            "modelhunter.client.aio.client.AsyncModelHunter",
            "modelhunter.client.aio.task.AsyncTask",
        ),
    ),
    "errors": ("Error classes", ("modelhunter.errors",)),
    "batch": (
        "Batches",
        (
            "modelhunter.batch.batches.Batch",
            "modelhunter.batch.batches.BatchSettings",
            "modelhunter.batch.ledger.Ledger",
        ),
    ),
    "catalogue": (
        "The catalogue",
        ("modelhunter.plugins.catalogue", "modelhunter.plugins.observing.ObserverHooks"),
    ),
    "webhooks": (
        "Webhooks",
        (
            "modelhunter.webhooks.receiver.Receiver",
            *(f"modelhunter.webhooks.verifying.{name}" for name in ("verify", "parse_unverified")),
            *(f"modelhunter.webhooks.confirming.{name}" for name in ("receive", "areceive")),
            "modelhunter.webhooks.asgi_app.asgi",
            "modelhunter.webhooks.wsgi_app.wsgi",
            "modelhunter.webhooks.replays.ReplayGuard",
            "modelhunter.webhooks.signing.sign",
            "modelhunter.webhooks.samples.event_body",
        ),
    ),
    "sandbox": (
        "The sandbox",
        ("modelhunter.sandbox.server.Sandbox", "modelhunter.sandbox.faults.Fault"),
    ),
    "testing": (
        "Tests",
        (
            "modelhunter.testing.fixtures",
            "modelhunter.testing.mock.ModelHunterMock",
            "modelhunter.testing.virtual_clock.VirtualClock",
            "modelhunter.testing.conformance.ProviderConformance",
        ),
    ),
    "provenance": ("Records of files", ("modelhunter.provenance.record.Record",)),
}
"""The title of each page below ``reference/``, and what it shows."""


def pages() -> dict[str, str]:
    """The pages as mkdocstrings reads them, by path."""
    return {
        f"reference/{name}.md": f"# {title}\n\n" + "".join(f"::: {what}\n\n" for what in shown)
        for name, (title, shown) in PAGES.items()
    }


def plain() -> dict[str, str]:
    """The same pages as Markdown that needs nothing else."""
    found = {}
    for name, (title, shown) in PAGES.items():
        parts = [f"# {title}"]
        for what in shown:
            parts += _described(what, _load(what))
        found[f"reference/{name}.md"] = "\n\n".join(parts) + "\n"
    return found


def _load(what: str) -> Any:
    try:
        return import_module(what)
    except ModuleNotFoundError:
        module, _, name = what.rpartition(".")
        return getattr(import_module(module), name)


def _described(name: str, what: Any) -> Iterator[str]:
    yield f"## `{name}`"
    if inspect.isroutine(what):
        yield f"```text\n{what.__name__}{inspect.signature(what)}\n```"
        yield markdown(inspect.getdoc(what) or "")
    if inspect.isclass(what) or inspect.ismodule(what):
        yield markdown(inspect.getdoc(what) or "")
        own = what.__name__ if inspect.ismodule(what) else None
        for member, value in inspect.getmembers(what):
            if member.startswith("_") or not (inspect.isroutine(value) or inspect.isclass(value)):
                continue
            home = getattr(value, "__module__", None) or ""
            if home != own if own is not None else not home.startswith("modelhunter"):
                continue
            yield from _member(member, value)


def _member(name: str, value: Any) -> Iterator[str]:
    try:
        signature = str(inspect.signature(value))
    except (TypeError, ValueError):
        signature = ""
    yield f"### `{name}`"
    if not inspect.isclass(value):
        yield f"```text\n{name}{signature}\n```"
    yield markdown(inspect.getdoc(value) or "")
