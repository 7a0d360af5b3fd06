"""``modelhunter doctor``: what works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import click
from attrs import asdict, frozen

from modelhunter import errors
from modelhunter._version import __version__
from modelhunter.cli import left, options, profiles
from modelhunter.cli.codes import Code
from modelhunter.cli.commands import Command
from modelhunter.cli.link import Server, connected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modelhunter.cli.screen import Screen

_PACKAGES = ("attrs", "cattrs", "urllib3", "pluggy", "click", "rich", "aiohttp", "keyring")
_LEAST_FREE = 2**30
_MOST_SKEW = 30.0
"""Seconds that the clock here may be apart from the API's."""


@frozen
class Finding:
    """One thing that was looked at, and what to do about it where it is not well."""

    what: str
    state: Literal["ok", "warning", "wrong"]
    says: str
    advice: str | None = None


@click.command(cls=Command, examples=("modelhunter doctor", "modelhunter doctor --json"))
@options.server
@options.output
@click.pass_context
def doctor(ctx: click.Context, *, server: Server) -> int:
    """Look at what this program needs: versions, plugins, key, network, clock, disk, jobs left.

    The exit code is 1 if something is wrong. The key is not shown.
    """
    from modelhunter.cli.screen import Screen

    screen = ctx.ensure_object(Screen)
    found = [finding for look in _LOOKS for finding in _looked(look, server)]
    wrong = any(finding.state == "wrong" for finding in found)
    if screen.json:
        screen.document({"well": not wrong, "findings": [asdict(finding) for finding in found]})
    else:
        _show(screen, found)
    return Code.TROUBLE if wrong else Code.DONE


def _show(screen: Screen, found: list[Finding]) -> None:
    width = max(len(finding.what) for finding in found)
    for finding in found:
        screen.lines([f"{finding.state:7}  {finding.what:{width}}  {finding.says}"])
        if finding.advice is not None:
            screen.lines([f"{'':7}  {'':{width}}  → {finding.advice}"])


def _looked(look: Callable[[Server], Iterator[Finding]], server: Server) -> Iterator[Finding]:
    """What a look finds; one that fails is a finding too."""
    try:
        yield from look(server)
    except errors.ModelHunterError as error:
        yield Finding(look.__name__.strip("_"), "wrong", str(error))


def _versions(_: Server) -> Iterator[Finding]:
    python = platform.python_version()
    yield Finding("modelhunter", "ok", f"{__version__}, Python {python} on {sys.platform}")
    known = ((name, _version(name)) for name in _PACKAGES)
    yield Finding("packages", "ok", ", ".join(f"{n} {v}" for n, v in known if v is not None))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _plugins(_: Server) -> Iterator[Finding]:
    from modelhunter.plugins.installed_hooks import hook_infos
    from modelhunter.plugins.registry import default_registry

    found = [*default_registry().plugins(load=True), *hook_infos()]
    usable = [
        info.name if info.kind == "provider" else f"{info.name} ({info.kind})"
        for info in found
        if info.state not in ("failed", "conflict", "disabled")
    ]
    if any(info.kind == "provider" and info.state in ("loaded", "not loaded") for info in found):
        yield Finding("plugins", "ok", ", ".join(usable))
    else:
        advice = "pip install modelhunter-PROVIDER, or see modelhunter plugins"
        yield Finding("plugins", "warning", "no provider can be used", advice)
    for info in found:
        if info.state in ("failed", "conflict"):
            says = f"{info.name} can't be used: {info.error}"
            yield Finding("plugins", "wrong", says, "modelhunter plugins")


def _key(server: Server) -> Iterator[Finding]:
    if server.sandbox:
        yield Finding("key", "ok", "the sandbox brings its own")
        return
    found = profiles.find(server).key
    if found.value is None:
        yield Finding(
            "key", "wrong", "there is none", "export MODELHUNTER_KEY=…, or modelhunter login"
        )
    else:
        yield Finding("key", "ok", f"set, from {found.source}")


def _proxy(server: Server) -> Iterator[Finding]:
    from modelhunter.runtime.transports.proxies import proxy_for

    if server.sandbox:
        return
    address = urlsplit(profiles.find(server).base_url.value)
    port = address.port or (443 if address.scheme == "https" else 80)
    proxy = proxy_for(address.scheme, address.hostname or "", port)
    says = "none on the way" if proxy is None else f"through {proxy.address}"
    yield Finding("proxy", "ok", says)


def _network(server: Server) -> Iterator[Finding]:
    from modelhunter.flows.pages import Pages

    address = "the sandbox" if server.sandbox else profiles.find(server).base_url.value
    with connected(server) as link:
        pages = Pages(link.client.context, limit=1)
        try:
            link.client.run(pages.rows())
        except errors.MissingKey:
            yield Finding("API", "warning", f"{address} was not asked, as there is no key")
            return
        except errors.Unauthorized:
            advice = "make a new one, then modelhunter login"
            yield Finding("API", "wrong", f"{address} answers, and refuses the key", advice)
            return
        except errors.ModelHunterError as error:
            advice = "see modelhunter config for where the address comes from"
            yield Finding("API", "wrong", f"{address} can't be reached: {error}", advice)
            return
    yield Finding("API", "ok", f"{address} answers")
    yield _skew(pages.date, datetime.now(UTC))


def _skew(there: datetime | None, here: datetime) -> Finding:
    if there is None:
        return Finding("clock", "ok", "not compared, as the API does not say the time")
    apart = (here - there).total_seconds()
    if abs(apart) <= _MOST_SKEW:
        return Finding("clock", "ok", "as the API's")
    way = "ahead of" if apart > 0 else "behind"
    says = f"{abs(apart):.0f} s {way} the API's; lost jobs are looked for by time"
    return Finding("clock", "warning", says, "let the system set the time (NTP)")


def _disk(_: Server) -> Iterator[Finding]:
    try:
        free = shutil.disk_usage(Path.cwd()).free
    except OSError as error:
        yield Finding("disk", "wrong", f"this folder can't be looked at: {error.strerror}")
        return
    if not os.access(Path.cwd(), os.W_OK):
        yield Finding("disk", "warning", "this folder can't be written to", "give --output a PATH")
    room = f"{free / 2**30:.1f} GiB free here"
    if free < _LEAST_FREE:
        yield Finding("disk", "warning", room, "videos may not fit; give --output a PATH elsewhere")
    else:
        yield Finding("disk", "ok", room)


def _left(_: Server) -> Iterator[Finding]:
    count = len(left.found())
    if not count:
        yield Finding("jobs", "ok", "none was left unfinished")
        return
    says = "1 was left unfinished" if count == 1 else f"{count} were left unfinished"
    yield Finding("jobs", "warning", says, "modelhunter resume")


_LOOKS = (_versions, _plugins, _key, _proxy, _network, _disk, _left)
