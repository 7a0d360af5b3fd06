"""The keys that ``modelhunter login`` keeps: in the system's keyring, or in a file of its own.

The file, ``keys.json`` beside the profiles, is readable by nobody else. Of a key in the keyring it
only says that there is one, so that the keyring is asked (and may ask its owner) only then.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from modelhunter.errors import ConfigurationError
from modelhunter.runtime.message import Secret

_SERVICE = "modelhunter"
_KEYRING = "keyring"


def folder() -> Path:
    """Where settings are: ``$XDG_CONFIG_HOME/modelhunter``, or what stands for that.

    Raises:
        ConfigurationError: nobody knows where the home folder is.
    """
    given = os.environ.get("XDG_CONFIG_HOME", "")
    if os.path.isabs(given):
        return Path(given) / "modelhunter"
    if sys.platform == "win32" and os.environ.get("APPDATA"):
        return Path(os.environ["APPDATA"]) / "modelhunter"
    try:
        return Path.home() / ".config" / "modelhunter"
    except RuntimeError as error:
        raise ConfigurationError("there is no home folder; set XDG_CONFIG_HOME") from error


def find(profile: str) -> tuple[str, str] | None:
    """The key that was kept for a profile, and where it was; None where there is none.

    Raises:
        ConfigurationError: it can't be read, or others may read it.
    """
    entry = _read().get(profile)
    if not isinstance(entry, dict):
        return None
    if isinstance(entry.get("key"), str):
        return Secret(entry["key"]), str(_path())
    if entry.get("in") != _KEYRING:
        return None
    keyring = _keyring()
    if keyring is None:
        raise ConfigurationError(
            f"the key of profile {profile} is in the system's keyring, which can't be asked: "
            "pip install 'modelhunter[keyring]'"
        )
    try:
        found = keyring.get_password(_SERVICE, profile)
    except Exception as error:
        raise ConfigurationError(f"the keyring does not give the key: {error}") from error
    return None if found is None else (Secret(found), "the keyring")


def keep(profile: str, key: str) -> str:
    """Keep a key for a profile; returns where.

    Raises:
        ConfigurationError: it can't be written.
    """
    known = _read()
    keyring = _keyring()
    if keyring is not None:
        with suppress(Exception):  # a locked or missing keyring: the file it is
            keyring.set_password(_SERVICE, profile, key)
            _write({**known, profile: {"in": _KEYRING}})
            return "the keyring"
    _write({**known, profile: {"key": str(key)}})
    return str(_path())


def forget(profile: str) -> bool:
    """Remove the key of a profile; False where there was none.

    Raises:
        ConfigurationError: it can't be removed.
    """
    known = _read()
    entry = known.pop(profile, None)
    if entry is None:
        return False
    keyring = _keyring() if entry.get("in") == _KEYRING else None
    if keyring is not None:
        with suppress(Exception):  # it is gone already
            keyring.delete_password(_SERVICE, profile)
    _write(known)
    return True


def check_private(path: Path, what: str) -> None:
    """See that nobody else may read a file in which a key is.

    Raises:
        ConfigurationError: others may.
    """
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ConfigurationError(f"{what} can be read by others; chmod 600 {path}")


def _path() -> Path:
    return folder() / "keys.json"


def _read() -> dict[str, Any]:
    path = _path()
    try:
        text = path.read_text("utf-8")
        check_private(path, f"{path}, which holds keys,")
        known = json.loads(text)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError(
            f"{path} can't be read: {error}; remove it and log in again"
        ) from error
    return known if isinstance(known, dict) else {}


def _write(known: dict[str, Any]) -> None:
    path = _path()
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            unfinished.unlink()
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(known, file, indent=2)
        os.replace(unfinished, path)
    except OSError as error:
        raise ConfigurationError(f"{path} can't be written: {error.strerror}") from error


def _keyring() -> Any:
    """The package, where it is installed and has a place to keep keys in."""
    try:
        import keyring
        from keyring.backends import fail
    except ImportError:
        return None
    return None if isinstance(keyring.get_keyring(), fail.Keyring) else keyring
