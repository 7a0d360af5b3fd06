"""Where the settings of a run come from: options, the environment, a profile, a kept key.

Profiles are tables of ``profiles.toml``, written by hand: ``base_url``, ``key``, ``allow_http``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter.cli import kept_keys
from modelhunter.client.settings import DEFAULT_BASE_URL, KEY_VARIABLE, URL_VARIABLE
from modelhunter.errors import ConfigurationError
from modelhunter.runtime.message import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from modelhunter.cli.link import Server

VARIABLE = "MODELHUNTER_PROFILE"
DEFAULT = "default"
_SETTINGS: Mapping[str, type] = {"base_url": str, "key": str, "allow_http": bool}


@frozen
class Setting:
    """A setting and where it comes from; ``value`` is None where nothing says."""

    value: Any
    source: str


@frozen(kw_only=True)
class Settings:
    """What one run works with, each with where it comes from."""

    profile: Setting
    base_url: Setting
    allow_http: Setting
    key: Setting


def path() -> Path:
    """The file of the profiles."""
    return kept_keys.folder() / "profiles.toml"


def chosen(given: str | None) -> Setting:
    """The profile that a run uses."""
    if given is not None:
        return Setting(given, "--profile")
    if found := os.environ.get(VARIABLE, "").strip():
        return Setting(found, VARIABLE)
    return Setting(DEFAULT, "by default")


def named(given: str | None) -> str | None:
    """The profile that an option or the environment names; None where neither does."""
    profile = chosen(given)
    return None if profile.source == "by default" else str(profile.value)


def find(server: Server) -> Settings:
    """The settings of a run, each from the first that has it: option, environment, profile, kept.

    Raises:
        ConfigurationError: there is no such profile, or a file can't be used.
    """
    profile = chosen(server.profile)
    known = read()
    kept = kept_keys.find(profile.value)
    named = profile.source != "by default"
    if named and profile.value not in known and kept is None:
        raise ConfigurationError(_unknown(profile, known))
    table = known.get(profile.value, {})
    here = f"profile {profile.value} in {path()}"
    return Settings(
        profile=profile,
        base_url=_first(
            Setting(server.base_url, "--base-url"),
            Setting(os.environ.get(URL_VARIABLE) or None, URL_VARIABLE),
            Setting(table.get("base_url"), here),
            Setting(DEFAULT_BASE_URL, "by default"),
        ),
        allow_http=_first(
            Setting(server.allow_http or None, "--allow-http"),
            Setting(table.get("allow_http"), here),
            Setting(False, "by default"),
        ),
        key=_first(
            Setting(Secret(os.environ.get(KEY_VARIABLE, "").strip()) or None, KEY_VARIABLE),
            Setting(Secret(table["key"]) if "key" in table else None, here),
            Setting(*kept) if kept is not None else Setting(None, ""),
            Setting(None, "not set"),
        ),
    )


def read() -> dict[str, dict[str, Any]]:
    """The profiles that are written down.

    Raises:
        ConfigurationError: the file is no TOML, says something unknown, or holds a key that others
        may read.
    """
    import tomllib  # few have profiles

    where = path()
    if not where.exists():
        return {}
    try:
        found = tomllib.loads(where.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{where} can't be read: {error}") from error
    for name, table in found.items():
        _check(where, name, table)
    return found


def _check(where: Path, name: str, table: Any) -> None:
    if not isinstance(table, dict):
        raise ConfigurationError(f"{where}: {name} stands outside of a profile, such as [work]")
    for setting, value in table.items():
        kind = _SETTINGS.get(setting)
        if kind is None:
            known = ", ".join(_SETTINGS)
            raise ConfigurationError(
                f"{where}: profile {name} has no setting {setting}; there are {known}"
            )
        if not isinstance(value, kind):
            right = "true or false" if kind is bool else "text in quotes"
            raise ConfigurationError(f"{where}: {setting} of profile {name} is to be {right}")
    if "key" in table:
        kept_keys.check_private(where, f"{where}, in which profile {name} has a key,")


def _first(*settings: Setting) -> Setting:
    return next((one for one in settings if one.value is not None), settings[-1])


def _unknown(profile: Setting, known: Mapping[str, Any]) -> str:
    there = f"there are {', '.join(known)}" if known else "there are none"
    return (
        f"there is no profile {profile.value} ({profile.source}) in {path()}; {there}; "
        f"modelhunter login --profile {profile.value} makes one"
    )
