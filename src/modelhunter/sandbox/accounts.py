"""Money and keys: the balance, what each key may do, and who is asking."""

from __future__ import annotations

import ipaddress
import json
import secrets
import string
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from modelhunter.sandbox.answers import Refusal
from modelhunter.sandbox.clock import to_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modelhunter.sandbox.store import Row, Store

KEY_PREFIX = "river_test_"
_KEY_LENGTH = 32
_ALPHABET = string.ascii_letters + string.digits


def random_id(prefix: str, length: int = 20) -> str:
    """An id such as ``task_5kPq…``."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))


class Accounts:
    """One account: its balance and its keys."""

    def __init__(self, store: Store, balance: Decimal) -> None:
        self._store = store
        if store.fact("balance") is None:
            store.set_fact("balance", str(balance))

    # ------------------------------------------------------------------- money

    def balance(self, now: int) -> Decimal:
        """What is left, in USD, with failed tasks refunded up to ``now``."""
        self._refund_failed(now)
        return Decimal(self._store.fact("balance") or "0")

    def set_balance(self, amount: Decimal) -> None:
        """Make this the balance, in USD."""
        self._store.set_fact("balance", str(amount))

    def reset(self, balance: Decimal) -> None:
        """Back to this balance, with nothing spent by any key."""
        with self._store.transaction():
            self.set_balance(balance)
            self._store.change("UPDATE keys SET spent = '0'")

    def charge(self, key_id: str, cost: Decimal, now: int) -> None:
        """Take the price of a task off the balance, or refuse. Call it inside a transaction."""
        balance = self.balance(now)
        key = self._store.only("SELECT * FROM keys WHERE id = ?", (key_id,))
        spent, limit = Decimal(key["spent"]), key["spend_limit"]
        if limit is not None and spent + cost > Decimal(limit):
            raise Refusal(
                "SPEND_LIMIT_EXCEEDED",
                f"this key may spend ${limit} and has spent ${spent}; the task costs ${cost}",
            )
        if cost > balance:
            raise Refusal(
                "INSUFFICIENT_BALANCE", f"the task costs ${cost} and the balance is ${balance}"
            )
        self._book(key_id, cost)

    def refund(self, task: Row) -> None:
        """Give back what a task cost, once. Call it inside a transaction."""
        marked = self._store.change(
            "UPDATE tasks SET refunded = 1 WHERE id = ? AND NOT refunded", (task["id"],)
        )
        if marked:
            self._book(task["key_id"], -Decimal(task["cost"]))

    def _book(self, key_id: str, cost: Decimal) -> None:
        self.set_balance(Decimal(self._store.fact("balance") or "0") - cost)
        key = self._store.only("SELECT spent FROM keys WHERE id = ?", (key_id,))
        self._store.change(
            "UPDATE keys SET spent = ? WHERE id = ?", (str(Decimal(key["spent"]) + cost), key_id)
        )

    def _refund_failed(self, now: int) -> None:
        due = self._store.rows(
            "SELECT * FROM tasks WHERE outcome = 'failed' AND NOT refunded AND finish_at <= ?",
            (now,),
        )
        for task in due:
            self.refund(task)

    # ------------------------------------------------------------------- keys

    def create_key(
        self,
        now: int,
        *,
        name: str,
        permissions: Mapping[str, bool] | None = None,
        addresses: Sequence[str] | None = None,
        spend_limit: Decimal | None = None,
        expires_at: int | None = None,
    ) -> Row:
        """A new key. None and empty mean: not limited in this way."""
        id_ = random_id("key_")
        self._store.insert(
            "keys",
            {
                "id": id_,
                "key": random_id(KEY_PREFIX, _KEY_LENGTH),
                "name": name,
                "created_at": now,
                "permissions": json.dumps(dict(permissions)) if permissions else None,
                "addresses": json.dumps(list(addresses)) if addresses else None,
                "spend_limit": None if spend_limit is None else str(spend_limit),
                "expires_at": expires_at,
            },
        )
        return self._store.only("SELECT * FROM keys WHERE id = ?", (id_,))

    def first_key(self, now: int) -> str:
        """The oldest key that still works; made now where there is none."""
        row = self._store.row(
            "SELECT key FROM keys WHERE revoked_at IS NULL ORDER BY rowid LIMIT 1"
        )
        return str((row or self.create_key(now, name="sandbox"))["key"])

    def revoke(self, id_: str, now: int) -> bool:
        """Make a key useless; False where there is none of this id (any more)."""
        return bool(
            self._store.change(
                "UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (now, id_)
            )
        )

    def authenticate(self, authorization: str | None, address: str, now: int) -> Row:
        """The key that a request carries, or a refusal: 401 or 403 with the documented code."""
        if not authorization:
            raise Refusal("AUTH_REQUIRED", "the header Authorization is missing")
        scheme, _, token = authorization.partition(" ")
        row = self._store.row("SELECT * FROM keys WHERE key = ?", (token.strip(),))
        if scheme.lower() != "bearer" or row is None:
            raise Refusal("AUTH_INVALID_TOKEN", "this is no key of this server")
        if row["revoked_at"] is not None:
            raise Refusal("KEY_REVOKED", "this key was deleted")
        if row["expires_at"] is not None and row["expires_at"] <= now:
            raise Refusal("AUTH_TOKEN_EXPIRED", f"this key expired {to_text(row['expires_at'])}")
        if row["addresses"] and not _listed(address, json.loads(row["addresses"])):
            raise Refusal("FORBIDDEN", f"this key may not be used from {address}")
        return row


def allow(key: Row, permission: str) -> None:
    """Refuse unless the key has this permission. A key without any list may do everything."""
    if key["permissions"] is None or json.loads(key["permissions"]).get(permission) is True:
        return
    raise Refusal("KEY_PERMISSION_DENIED", f"this key lacks the permission {permission}")


def key_to_wire(row: Row) -> dict[str, Any]:
    """What the answer to the creation of a key holds; the only time that ``key`` is shown."""
    shown: dict[str, Any] = {
        "id": row["id"],
        "key": row["key"],
        "name": row["name"],
        "created_at": to_text(row["created_at"]),
    }
    if row["permissions"]:
        shown["permissions"] = json.loads(row["permissions"])
    if row["addresses"]:
        shown["ipWhitelist"] = json.loads(row["addresses"])
    if row["spend_limit"] is not None:
        shown["spendLimit"] = float(row["spend_limit"])
    if row["expires_at"] is not None:
        shown["expiresAt"] = to_text(row["expires_at"])
    return shown


def _listed(address: str, allowed: Sequence[str]) -> bool:
    try:
        asking = ipaddress.ip_address(address)
        return any(asking in ipaddress.ip_network(entry, strict=False) for entry in allowed)
    except ValueError:
        return address in allowed
