"""Every Python block of docs/webhooks.md is run, and what it makes is put to use."""

from __future__ import annotations

import ast
import asyncio
import re
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from modelhunter import webhooks

GUIDE = Path(__file__).parents[2] / "docs" / "webhooks.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
OPTIONAL = {"fastapi", "flask", "werkzeug", "django"}


def imported(block):
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom):
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)


def prepare_django():
    from django.conf import settings

    if not settings.configured:
        urls = type("Urls", (), {"urlpatterns": []})
        settings.configure(SECRET_KEY="for tests", ROOT_URLCONF=urls, ALLOWED_HOSTS=["*"])


@pytest.fixture
def guide(start_sandbox, monkeypatch, secret, capsys):
    """The names that the blocks define, run one after the other against a sandbox."""
    sandbox, registry = start_sandbox(model="viduq3-turbo")
    monkeypatch.setenv("MODELHUNTER_KEY", sandbox.key)
    monkeypatch.setenv("MODELHUNTER_BASE_URL", sandbox.url)
    monkeypatch.setenv("WEBHOOK_SECRET", secret)
    monkeypatch.setattr("modelhunter.plugins.registry.default_registry", lambda: registry)
    names = {"__name__": "guide"}
    for block in BLOCKS:
        missing = [name for name in {*imported(block)} & OPTIONAL if find_spec(name) is None]
        if missing:
            continue
        if "django" in imported(block):
            prepare_django()
        exec(compile(block, str(GUIDE), "exec", dont_inherit=True), names)
    names["printed"] = capsys.readouterr().out
    return names


class FakeRedis:
    """What the guide asks of Redis."""

    def __init__(self):
        self.values = {}

    def set(self, key, value, *, nx=False, ex):
        if nx and key in self.values:
            return None
        self.values[key] = value
        return True

    def get(self, key):
        return self.values.get(key)

    def delete(self, key):
        self.values.pop(key, None)


def test_the_guide_does_as_it_says(
    guide, fresh, call_wsgi, call_asgi, async_mh, scripted_api, secret, capsys
):
    for expected in ("whsec_", "the signature does not fit", "done task_", "succeeded"):
        assert expected in guide["printed"]

    sent = fresh("task.failed", id="task_1", event_id="evt_1")
    path = "/hooks/modelhunter"
    answers = {}
    if "site" in guide:
        answers["fastapi"] = asyncio.run(
            call_asgi(guide["site"], sent.body, sent.headers, path=path)
        )
        asyncio.run(guide["start"](async_mh))
        scripted_api.has("task_1", "failed", error={"code": "X", "message": "from the api"})
        unsigned = fresh("task.failed", signed=False, id="task_1")
        answers["jobs"] = asyncio.run(
            call_asgi(guide["site"], unsigned.body, unsigned.headers, path="/hooks/jobs")
        )
    for name in ("flask_application", "application"):
        if name in guide:
            answers[name] = call_wsgi(guide[name], sent.body, sent.headers, path=path)
            assert call_wsgi(guide[name], path="/elsewhere", method="GET").status == 404
    shared = guide["shared_app"](FakeRedis())
    answers["redis"] = call_wsgi(shared, sent.body, sent.headers)
    answers["redis, again"] = call_wsgi(shared, sent.body, sent.headers)
    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(answers, 200)

    request = SimpleNamespace(body=sent.body, headers=sent.headers)
    assert guide["view"](request) == 200
    assert guide["view"](SimpleNamespace(body=b"", headers=sent.headers)) == 401
    handled = capsys.readouterr().out.splitlines()
    once_each = answers.keys() - {"jobs", "redis, again"} | {"view"}
    assert handled.count("failed task_1 The prompt was refused") == len(once_each)
    assert handled.count("failed task_1 from the api") == ("jobs" in answers)


def test_the_memory_of_the_guide_is_one(guide):
    events = guide["RedisEvents"](FakeRedis())
    guard = webhooks.ReplayGuard()
    for memory in (events, guard):
        states = [memory.claim("a"), memory.claim("a")]
        memory.release("a")
        states.append(memory.claim("a"))
        memory.finish("a")
        states.append(memory.claim("a"))
        assert states == ["new", "running", "new", "finished"]


def test_the_guide_names_all_that_is_public():
    text = GUIDE.read_text()
    assert [name for name in webhooks.__all__ if name not in text] == []
