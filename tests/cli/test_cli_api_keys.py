"""``modelhunter api-keys`` and ``modelhunter webhooks create`` reach what the API has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter import APIError, ModelHunter

if TYPE_CHECKING:
    from modelhunter.sandbox import Sandbox

Run = Any


def keys(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [dict(row) for row in sandbox._service.store.rows("SELECT * FROM keys ORDER BY rowid")]


def test_a_key_is_made_and_printed_alone(run: Run, sandbox: Sandbox) -> None:
    result = run(
        *("api-keys", "create", "films", "--spend-limit", "$2.50", "--expires-at", "2099-01-01"),
        *("--permission", "image:create", "--ip", "127.0.0.0/8", "--ip", "::1"),
    )
    assert result.exit_code == 0
    made = keys(sandbox)[-1]
    assert result.stdout == f"{made['key']}\n"
    assert f"modelhunter api-keys delete {made['id']} deletes it" in result.stderr
    assert (made["name"], made["spend_limit"]) == ("films", "2.5")
    assert json.loads(made["permissions"]) == {"image:create": True}
    assert json.loads(made["addresses"]) == ["127.0.0.0/8", "::1"]
    with ModelHunter(made["key"], base_url=sandbox.url) as mh:
        assert mh.balance().balance == sandbox.balance


def test_a_key_without_limits(run: Run, sandbox: Sandbox) -> None:
    said = json.loads(run("api-keys", "create", "ci", "--json").stdout)
    made = keys(sandbox)[-1]
    assert said == {"id": made["id"], "key": made["key"], "name": "ci"}
    assert made["permissions"] is made["addresses"] is made["spend_limit"] is None


def test_a_key_is_deleted(run: Run, sandbox: Sandbox) -> None:
    made = json.loads(run("api-keys", "create", "ci", "--json").stdout)
    assert run("api-keys", "delete", made["id"]).stdout == f"{made['id']} is deleted\n"
    with ModelHunter(made["key"], base_url=sandbox.url) as mh, pytest.raises(APIError):
        mh.balance()
    again = run("api-keys", "delete", made["id"])
    assert again.exit_code == 1
    assert "no such key" in again.stderr


def test_a_webhook_is_registered(run: Run, sandbox: Sandbox) -> None:
    result = run("webhooks", "create", "http://127.0.0.1:9/hook", "--event", "task.failed")
    (hook,) = sandbox._service.store.rows("SELECT * FROM webhooks")
    assert result.stdout == f"{hook['secret']}\n"
    assert f"Registered as {hook['id']}" in result.stderr
    assert json.loads(hook["events"]) == ["task.failed"]
    said = json.loads(run("webhooks", "create", "http://127.0.0.1:9/hook", "--json").stdout)
    assert said["events"] == ["task.completed", "task.failed"]
    assert said["secret"].startswith("whsec_")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["api-keys", "create"], "NAME is missing"),
        (["api-keys", "create", "a", "--spend-limit", "much"], "'much' is no amount of USD"),
        (["api-keys", "create", "a", "--expires-at", "soon"], "'soon' is no date"),
        (["api-keys", "create", "a", "--ip", "here"], "'here' is no address; give one such as"),
        (["api-keys", "delete", "river_live_abc"], "others can read now"),
        (["api-keys", "delete", " "], "is no key's id"),
        (["api-keys", "rm", "key_7"], "modelhunter api-keys delete key_7"),
        (["keys", "create", "ci"], "modelhunter api-keys create ci"),
        (["webhooks", "create", "shop.example"], "is no http or https address"),
        (["webhooks", "create", "https://a.example", "--event", "failed"], "mean task.failed?"),
        (["webhooks", "create", "https://a.example", "--event", "x"], "there are task.completed"),
        (["webhooks", "register", "https://a.example"], "modelhunter webhooks create"),
    ],
)
def test_mistakes_are_found_before_anything_is_sent(
    run: Run, sandbox: Sandbox, words: list[str], said: str
) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not sandbox.requests
