"""Webhook deliveries: signed or not, retried as documented, to this machine only unless allowed.

One thread sees to them. It finds tasks that have ended, writes down what is to be delivered to
whom, and sends what is due; a sandbox that is restarted on its file goes on where it stopped.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
from contextlib import suppress
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter.sandbox.accounts import random_id
from modelhunter.sandbox.clock import NEVER, SECOND, Clock, ManualClock, microseconds, to_text
from modelhunter.webhooks.headers import EVENT_ID, TIMESTAMP
from modelhunter.webhooks.signing import sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from urllib3.connection import HTTPConnection

    from modelhunter.sandbox.store import Row, Store

RETRY_DELAYS = (60.0, 300.0, 1800.0)
"""Seconds after which a delivery that failed is tried again (documentation page "webhooks")."""

_TIMEOUT = 10.0


@frozen(kw_only=True)
class Delivery:
    """One event on its way to one address.

    ``state`` is ``waiting``, ``delivered``, ``failed`` (no attempt left) or ``refused`` (the
    address is not on this machine). ``webhook_id`` is None for the ``webhookUrl`` of a job. Each
    attempt has ``at``, and ``status`` or ``error``.
    """

    event_id: str
    event: str
    task_id: str
    webhook_id: str | None
    url: str
    state: str
    attempts: Sequence[Mapping[str, Any]]


class Deliveries:
    """Delivers the events of a store.

    ``describe`` returns the task of an id as webhooks show it. ``retry_delays`` are in seconds.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        describe: Callable[[str], Mapping[str, Any]],
        *,
        retry_delays: Sequence[float],
        anywhere: bool,
    ) -> None:
        self._store = store
        self._clock = clock
        self._describe = describe
        self._retry_delays = retry_delays
        self._anywhere = anywhere
        self._changed = threading.Condition()
        self._news = True
        self._idle = False
        self._stopping = False
        self._sending: HTTPConnection | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to deliver."""
        self._thread = threading.Thread(
            target=self._run, name="modelhunter-sandbox-webhooks", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop at once; a delivery that is under way is broken off and tried again later."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            if self._sending is not None and self._sending.sock is not None:
                with suppress(OSError):  # the other side was faster
                    self._sending.sock.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join()

    def wanted(self) -> bool:
        """Whether any webhook is configured."""
        return self._store.row("SELECT 1 FROM webhooks LIMIT 1") is not None

    def add_webhook(self, hook: Mapping[str, Any], now: int) -> None:
        """Configure a webhook; tasks that end from now on are announced to it."""
        with self._store.transaction():
            self._store.insert("webhooks", {**hook, "created_at": now})
            self._store.change(
                "UPDATE tasks SET announced = 0 WHERE announced AND finish_at > ?", (now,)
            )
        self.wake()

    def wake(self, task_id: str | None = None) -> None:
        """Look again: time has passed, or this task has changed and somebody is to be told."""
        if task_id is not None and not self._to_announce(task_id):
            return
        with self._changed:
            self._news = True
            self._changed.notify_all()

    def settle(self, timeout: float) -> bool:
        """Wait until nothing is due; False if that took longer than ``timeout`` seconds."""
        self.wake()
        with self._changed:
            return self._changed.wait_for(
                lambda: self._stopping or (self._idle and not self._news), timeout
            )

    def all(self) -> Sequence[Delivery]:
        """Every delivery, oldest first."""
        rows = self._store.rows("SELECT * FROM deliveries ORDER BY id")
        return [
            Delivery(
                event_id=row["event_id"],
                event=row["event"],
                task_id=row["task_id"],
                webhook_id=row["webhook_id"],
                url=row["url"],
                state=row["state"],
                attempts=json.loads(row["attempts"]),
            )
            for row in rows
        ]

    # ------------------------------------------------------------------- the thread

    def _run(self) -> None:
        while self._wait():
            self._announce()
            if self._deliver_due():
                self.wake()

    def _wait(self) -> bool:
        """Wait until there is something to do; False when the thread is to end."""
        with self._changed:
            while not self._news and not self._stopping:
                self._idle = True
                self._changed.notify_all()
                if not self._changed.wait(self._seconds_to_next()):
                    break
            self._idle = self._news = False
            return not self._stopping

    def _now(self) -> int:
        return microseconds(self._clock())

    def _seconds_to_next(self) -> float | None:
        """How long nothing will happen; None where only a call to ``wake`` can change that."""
        if isinstance(self._clock, ManualClock):
            return None
        row = self._store.row(
            "SELECT min(moment) AS moment FROM ("
            "SELECT min(finish_at) AS moment FROM tasks WHERE NOT announced "
            "AND cancelled_at IS NULL AND (sizes IS NOT NULL OR outcome <> 'succeeded') "
            "UNION ALL SELECT min(due_at) FROM deliveries WHERE state = 'waiting')"
        )
        if row is None or row["moment"] is None or row["moment"] >= NEVER:
            return None
        return float(max(0.0, (row["moment"] - self._now()) / SECOND) + 0.001)

    def _to_announce(self, task_id: str) -> bool:
        query = "SELECT 1 FROM tasks WHERE id = ? AND NOT announced"
        return self._store.row(query, (task_id,)) is not None

    def _announce(self) -> None:
        with self._store.transaction():
            ended = self._store.rows(
                "SELECT * FROM tasks WHERE NOT announced AND finish_at <= ? "
                "AND cancelled_at IS NULL AND (sizes IS NOT NULL OR outcome = 'failed') "
                "ORDER BY finish_at",
                (self._now(),),
            )
            hooks = self._store.rows("SELECT * FROM webhooks ORDER BY rowid") if ended else []
            for task in ended:
                self._write_down(task, hooks)
                self._store.change("UPDATE tasks SET announced = 1 WHERE id = ?", (task["id"],))

    def _write_down(self, task: Row, hooks: Sequence[Row]) -> None:
        event = "task.failed" if task["outcome"] == "failed" else "task.completed"
        addresses = [(h["url"], h["id"]) for h in hooks if event in json.loads(h["events"])]
        if task["webhook_url"] is not None:
            addresses.append((task["webhook_url"], None))
        if not addresses:
            return
        body = {
            "id": random_id("evt_"),
            "type": event,
            "created_at": to_text(task["finish_at"]),
            "data": {"task": self._describe(task["id"])},
        }
        for url, webhook_id in addresses:
            self._store.insert(
                "deliveries",
                {
                    "event_id": body["id"],
                    "event": event,
                    "task_id": task["id"],
                    "webhook_id": webhook_id,
                    "url": url,
                    "body": json.dumps(body, ensure_ascii=False),
                    "due_at": task["finish_at"],
                },
            )

    def _deliver_due(self) -> bool:
        due = self._store.rows(
            "SELECT d.*, w.secret FROM deliveries d LEFT JOIN webhooks w ON w.id = d.webhook_id "
            "WHERE d.state = 'waiting' AND d.due_at <= ? ORDER BY d.due_at, d.id",
            (self._now(),),
        )
        for row in due:
            if self._stopping:
                break
            self._attempt(row)
        return bool(due)

    def _attempt(self, row: Row) -> None:
        if not self._anywhere and not is_loopback(row["url"]):
            error = "not sent: the sandbox contacts this machine only (webhooks_anywhere=False)"
            self._record(row, "refused", {"error": error})
            return
        outcome = self._post(row)
        if self._stopping:
            return
        if 200 <= outcome.get("status", 0) < 300:
            self._record(row, "delivered", outcome)
            return
        tried = len(json.loads(row["attempts"]))
        if row["webhook_id"] is None or tried >= len(self._retry_delays):
            self._record(row, "failed", outcome)
            return
        due = self._now() + microseconds(self._retry_delays[tried])
        self._record(row, "waiting", outcome, due)

    def _record(
        self, row: Row, state: str, outcome: Mapping[str, Any], due: int | None = None
    ) -> None:
        attempts = [*json.loads(row["attempts"]), {"at": to_text(self._now()), **outcome}]
        self._store.change(
            "UPDATE deliveries SET state = ?, attempts = ?, due_at = ? WHERE id = ?",
            (state, json.dumps(attempts), due, row["id"]),
        )

    def _post(self, row: Row) -> dict[str, Any]:
        """Try a delivery: the ``status`` of the answer, or the ``error``."""
        # Here, because a sandbox that delivers nothing starts faster without it.
        from urllib3.exceptions import HTTPError

        try:
            return {"status": self._send(row)}
        except (HTTPError, HTTPException, OSError, ValueError) as problem:
            return {"error": f"{type(problem).__name__}: {problem}"}

    def _send(self, row: Row) -> int:
        from urllib3.connection import HTTPConnection, HTTPSConnection
        from urllib3.util import parse_url

        url = parse_url(row["url"])
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = kind((url.host or "").strip("[]"), url.port, timeout=_TIMEOUT)
        try:
            connection.connect()
            with self._changed:
                if self._stopping:
                    raise ConnectionAbortedError("the sandbox was stopped")
                self._sending = connection
            headers = self._headers(row)
            connection.request("POST", url.request_uri, row["body"].encode(), headers)
            return connection.getresponse().status
        finally:
            with self._changed:
                self._sending = None
            connection.close()

    def _headers(self, row: Row) -> dict[str, str]:
        moment = self._now() // SECOND
        if row["webhook_id"] is not None:
            return sign(
                row["body"].encode(), row["secret"], event_id=row["event_id"], timestamp=moment
            )
        return {
            "Content-Type": "application/json",
            EVENT_ID: row["event_id"],
            TIMESTAMP: str(moment),
            "X-Webhook-Event": row["event"],
            "X-Job-ID": row["task_id"],
        }


def is_loopback(url: str) -> bool:
    """Whether an address is certainly on this machine; no name is looked up to find out."""
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    try:
        host = (parse_url(url).host or "").strip("[]").lower()
    except LocationParseError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
