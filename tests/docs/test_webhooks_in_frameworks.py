"""Each file of the how-to takes a signed event once, and refuses a forged one."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from modelhunter import webhooks

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "webhooks-in-frameworks.md"
BLOCKS = re.findall(
    r"^## (\w+)\n.*?^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
)
SECRET = "whsec_example"
PATH = "/hooks/modelhunter"
Names = dict[str, Any]


def fastapi_client(names: Names) -> Any:
    async def post(body: bytes, headers: dict[str, str]) -> int:
        transport = httpx.ASGITransport(names["app"])
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            return (await client.post(PATH, content=body, headers=headers)).status_code

    return lambda body, headers: asyncio.run(post(body, headers))


def flask_client(names: Names) -> Any:
    client = names["app"].test_client()
    return lambda body, headers: client.post(PATH, data=body, headers=headers).status_code


def django_client(names: Names) -> Any:
    from django.test import RequestFactory

    (route,) = names["urlpatterns"]
    assert f"/{route.pattern}" == PATH

    def post(body: bytes, headers: dict[str, str]) -> int:
        request = RequestFactory().post(
            PATH, body, content_type="application/json", headers=headers
        )
        status: int = route.callback(request).status_code
        return status

    return post


CLIENTS = {"FastAPI": fastapi_client, "Flask": flask_client, "Django": django_client}


def test_the_page_has_all_three() -> None:
    assert [name for name, _ in BLOCKS] == [*CLIENTS]


@pytest.mark.parametrize(("name", "block"), BLOCKS, ids=[name for name, _ in BLOCKS])
def test_an_event_is_handled_once(
    name: str,
    block: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    if name == "Django":
        from django.conf import settings

        if not settings.configured:
            urls = type("Urls", (), {"urlpatterns": []})
            settings.configure(SECRET_KEY="for tests", ROOT_URLCONF=urls, ALLOWED_HOSTS=["*"])
    names: Names = {"__name__": "app"}
    exec(compile(block, str(PAGE), "exec", dont_inherit=True), names)
    post = CLIENTS[name](names)
    body = webhooks.event_body("task.completed", id="task_1")
    headers = {**webhooks.sign(body, SECRET), "content-type": "application/json"}

    assert post(body.replace(b"task_1", b"task_2"), headers) == 401
    assert post(body, headers) == 200
    assert post(body, headers) == 200
    assert capsys.readouterr().out.count("task_1") == 1
