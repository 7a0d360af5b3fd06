"""The key stays out of what tools make of an exception: messages, causes, and local variables."""

from __future__ import annotations

import asyncio
import socket
import threading
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from modelhunter import AsyncModelHunter, ModelHunter, ModelHunterError, Retry

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "river_test_hidden"
ANSWERS = {
    "refused": None,
    "dropped": b"",
    "garbage": b"nonsense\r\n\r\n",
    "truncated": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
    "not JSON": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
    "failed": b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
}


@contextmanager
def serving(answer: bytes | None) -> Iterator[str]:
    """An address at which every connection gets this answer and is closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer or b"")

        if answer is None:
            listener.close()
        else:
            threading.Thread(target=serve, daemon=True).start()
        yield address


def in_full(error: BaseException) -> str:
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(whole.format())


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_tracebacks_with_local_variables_do_not_show_the_key(answer, registry):
    once = Retry(attempts=1)

    async def ask(address: str) -> None:
        async with AsyncModelHunter(KEY, base_url=address, retries=once, registry=registry) as mh:
            await mh.tasks.get("task_1")

    with serving(answer) as url:
        with pytest.raises(ModelHunterError) as caught:
            ModelHunter(KEY, base_url=url, retries=once, registry=registry).tasks.get("task_1")
        shown = [in_full(caught.value)]
        with pytest.raises(ModelHunterError) as caught:
            asyncio.run(ask(url))
        shown.append(in_full(caught.value))
    for text in shown:
        assert "tasks.get" in text
        assert KEY not in text
