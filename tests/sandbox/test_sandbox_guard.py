"""Programs on this machine reach the sandbox; web pages and other users don't."""

from __future__ import annotations

import http.client
import json
import socket
import stat
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
from attrs import define

from modelhunter.errors import ConfigurationError
from modelhunter.sandbox import Fault, ManualClock
from modelhunter.sandbox.front import LARGEST_BODY
from modelhunter.sandbox.guard import Guard, host_name

FAULT = json.dumps({"kind": "status", "status": 500, "operation": "getBalance"})
CHANGES = (
    ("POST", "/_sandbox/reset", None),
    ("POST", "/_sandbox/faults", FAULT),
    ("DELETE", "/_sandbox/faults", None),
    ("DELETE", "/_sandbox/faults/fault_1", None),
    ("POST", "/_sandbox/advance", '{"seconds": 1}'),
)
JSON = {"Content-Type": "application/json"}


@define
class Raw:
    """Sends exactly these headers, as no client library would."""

    port: int

    def ask(self, method, path, body=None, headers=(), host="127.0.0.1"):
        connection = http.client.HTTPConnection(host, self.port, timeout=10)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


def raw(api):
    return Raw(urlsplit(api.sandbox.url).port)


# --------------------------------------------------------------------------- Host


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "10.1.2.3", "x y", ""]
)
def test_under_a_foreign_name_nothing_is_read(api, host):
    api.task_id(input={"prompt": "a secret plan"})
    host = host.format(port=raw(api).port)
    for path in ("/_sandbox/state", "/_sandbox/faults", "/", "/api/v1/tasks"):
        status, _, body = raw(api).ask("GET", path, headers={"Host": host})
        assert status == 421
        assert b"secret plan" not in body
        assert "--allow-host" in json.loads(body)["error"]["message"]
    assert [seen.operation for seen in api.sandbox.requests] == ["submit"]


def test_names_of_this_machine_are_its_own(api):
    for name in ("localhost", "LOCALHOST", "mh.localhost", "127.0.0.1", "127.0.0.2", "[::1]"):
        for port in ("", f":{raw(api).port}", ":9"):
            status, _, _ = raw(api).ask("GET", "/_sandbox/state", headers={"Host": name + port})
            assert status == 200


def test_further_names_are_allowed(start):
    asking = raw(start(allow_hosts=["Sandbox.internal."]))
    for host, status in (("sandbox.internal", 200), ("SANDBOX.internal:80", 200), ("other", 421)):
        assert asking.ask("GET", "/_sandbox/state", headers={"Host": host})[0] == status


@pytest.mark.parametrize("name", ["http://sandbox", "sandbox:80", "a b", "", "*"])
def test_what_is_no_host_name_is_not_allowed(name):
    with pytest.raises(ValueError, match="no host name"):
        host_name(name)


def test_beyond_this_machine_any_address_is_its_own_and_names_are_not():
    guard = Guard(frozenset({"sandbox"}), everywhere=True)
    for host in ("192.0.2.1:8400", "[2001:db8::1]:8400", "sandbox:8400", "localhost"):
        assert guard.knows(host)
    for host in ("evil.example", "192.0.2.1.evil.example", "sandbox.evil.example"):
        assert not guard.knows(host)


def test_links_lead_where_the_client_came_from(start):
    api = start(allow_hosts=["sandbox.internal"])
    done = api.finished()
    for host, leads in (
        ("sandbox.internal:81", "http://sandbox.internal:81/"),
        ("localhost:9000", "http://127.0.0.1:9000/"),
        ("127.0.0.1", "http://localhost/"),
    ):
        headers = {"Host": host, "Authorization": f"Bearer {api.sandbox.key}"}
        _, _, body = raw(api).ask("GET", f"/api/v1/tasks/{done['id']}", headers=headers)
        link = json.loads(body)["data"]["result"][0]["url"]
        assert link.startswith(leads)
        there = urlsplit(link)
        assert raw(api).ask("GET", f"{there.path}?{there.query}", headers={"Host": host})[0] == 200


# --------------------------------------------------------------------------- pages of other sites


@pytest.mark.parametrize(
    "sent",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://localhost:1", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_site_changes_nothing(start, sent):
    clock = ManualClock()
    api = start(clock=clock)
    api.task_id()
    api.sandbox.faults.add(Fault("latency", operation="getBalance"))
    before = clock()
    for method, path, body in CHANGES:
        for kind in ({}, {"Content-Type": "text/plain"}, JSON):
            assert raw(api).ask(method, path, body, {**sent, **kind})[0] in (403, 415)
    assert clock() == before
    assert len(api.sandbox.faults.planted) == 1
    assert len(api.sandbox.state()["tasks"]) == 1


def test_a_body_that_is_not_said_to_be_json_may_be_a_forms(api):
    forms = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
    for kind in forms:
        answer = raw(api).ask("POST", "/_sandbox/faults", FAULT, {"Content-Type": kind})
        assert answer[0] == 415
        assert b"Content-Type: application/json" in answer[2]
    chunked = {"Transfer-Encoding": "chunked", "Content-Type": "text/plain"}
    chunk = f"{len(FAULT):x}\r\n{FAULT}\r\n0\r\n\r\n"
    assert raw(api).ask("POST", "/_sandbox/faults", chunk, chunked)[0] == 415
    assert not api.sandbox.faults.planted


def test_a_page_of_another_site_may_not_ask_for_more(api):
    asked = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    for path in ("/_sandbox/reset", "/api/v1/tasks"):
        status, headers, _ = raw(api).ask("OPTIONS", path, headers=asked)
        assert status >= 400
        assert not [name for name in headers if name.lower().startswith("access-control")]


def test_programs_control_it(start):
    api = start(clock=ManualClock())
    for method, path, body in CHANGES:
        api.sandbox.faults.clear()
        id_ = api.sandbox.faults.add(Fault("latency", operation="getBalance"))
        path = path.replace("fault_1", id_)
        assert raw(api).ask(method, path, body, JSON if body else {})[0] in (200, 201)


def test_its_own_page_controls_it(api):
    own = {"Origin": api.sandbox.url, "Sec-Fetch-Site": "same-origin", **JSON}
    assert raw(api).ask("POST", "/_sandbox/reset", headers=own)[0] == 200


# --------------------------------------------------------------------------- other users, bodies


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_reads_what_is_kept(start, tmp_path):
    file = tmp_path / "state.db"
    api = start(database=file)
    api.finished()
    assert mode(file) == 0o600
    assert mode(tmp_path / "state.db.media") == 0o700
    for beside in tmp_path.glob("state.db-*"):
        assert mode(beside) == 0o600


def test_a_database_that_others_could_read_is_closed_to_them(start, tmp_path):
    file = tmp_path / "state.db"
    file.touch()
    file.chmod(0o644)
    start(database=file)
    assert mode(file) == 0o600


def test_a_folder_is_no_database(start, tmp_path):
    with pytest.raises(ConfigurationError, match="can't be the sandbox's database"):
        start(database=tmp_path)


@pytest.mark.parametrize("path", ["/api/v1/acme/text-to-video", "/api/v1/api-keys", "/elsewhere"])
def test_a_body_has_a_bound(api, path):
    large = json.dumps({"model": "acme-video", "name": "x" * LARGEST_BODY}).encode()
    headers = {**JSON, "Authorization": f"Bearer {api.sandbox.key}"}
    status, _, body = raw(api).ask("POST", path, large, headers)
    assert status == 413
    assert json.loads(body)["error"]["code"] == "PAYLOAD_TOO_LARGE"


def test_a_body_without_a_declared_length_has_a_bound(api):
    head = "POST /_sandbox/faults HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", raw(api).port), timeout=10) as connection:
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        for _ in range(LARGEST_BODY // 0x10000 + 1):
            connection.sendall(piece)
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity"])
def test_numbers_that_json_can_not_give_back_are_refused(api, number):
    body = f'{{"model": "acme-video", "input": {{"prompt": "x"}}, "metadata": {{"n": {number}}}}}'
    headers = {**JSON, "Authorization": f"Bearer {api.sandbox.key}"}
    assert raw(api).ask("POST", "/api/v1/acme/text-to-video", body, headers)[0] == 400


# --------------------------------------------------------------------------- what it is


def test_it_says_what_it_is(api):
    status, headers, body = raw(api).ask("GET", "/")
    assert status == 200
    assert headers["Content-Type"] == "application/json"
    shown = json.loads(body)["data"]
    assert shown["name"] == "ModelHunter sandbox"
    assert shown["providers"] == ["acme"]
    assert "GET /api/v1/tasks/{id}" in shown["paths"]
    assert "POST /api/v1/acme/text-to-video" in shown["paths"]
    assert api.sandbox.key.encode() not in body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("GET", "/api/v1/nothing-here"),
        ("GET", "/api/v1/acme/text-to-nothing"),
        ("PUT", "/api/v1/tasks/"),
        ("POST", "/nothing"),
        ("DELETE", "/_sandbox/nothing"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(api, method, path):
    status, _, body = raw(api).ask(method, path)
    assert status == 404
    error = json.loads(body)["error"]
    assert error["code"] == "NOT_FOUND"
    assert path in error["message"]
    assert "POST /api/v1/acme/text-to-video" in error["details"]["paths"]
    assert "GET /api/v1/balance" in error["details"]["paths"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/api/v1/tasks", "GET, HEAD"),
        ("PUT", "/api/v1/tasks/task_1", "DELETE, GET, HEAD"),
        ("POST", "/api/v1/tasks/task_1", "DELETE, GET, HEAD"),
        ("POST", "/api/v1/balance", "GET, HEAD"),
        ("DELETE", "/api/v1/webhooks", "POST"),
        ("GET", "/api/v1/acme/text-to-video", "POST"),
        ("OPTIONS", "/api/v1/tasks", "GET, HEAD"),
        ("GET", "/_sandbox/reset", "POST"),
        ("POST", "/", "GET, HEAD"),
    ],
)
def test_another_method_is_answered_with_those_that_there_are(api, method, path, allowed):
    status, headers, body = raw(api).ask(method, path)
    assert status == 405
    assert headers["Allow"] == allowed
    assert json.loads(body)["error"]["code"] == "METHOD_NOT_ALLOWED"


def test_every_answer_has_the_sandbox_s_time(start):
    api = start(clock=ManualClock(1_000_000_000.75))
    link = api.result()[0]["url"]
    api.sandbox.faults.add(Fault("drip", seconds=0, operation="getBalance"))
    there = urlsplit(link)
    for method, path in (
        ("GET", "/api/v1/balance"),
        ("GET", "/api/v1/tasks"),
        ("GET", "/nothing"),
        ("PATCH", "/api/v1/tasks"),
        ("GET", "/"),
        ("GET", "/_sandbox/state"),
        ("GET", f"{there.path}?{there.query}"),
        ("HEAD", f"{there.path}?{there.query}"),
    ):
        _, headers, _ = raw(api).ask(method, path)
        assert headers.get_all("Date") == ["Sun, 09 Sep 2001 01:46:40 GMT"]
    _, headers, _ = raw(api).ask("GET", "/", headers={"Host": "evil.example"})
    assert headers["Date"]


def test_what_is_no_http_is_answered_with_the_time_too(api):
    with socket.create_connection(("127.0.0.1", raw(api).port), timeout=10) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(1000), b"")).decode()
    assert answer.startswith("HTTP/1.1 400 ")
    dates = [line for line in answer.split("\r\n") if line.lower().startswith("date: ")]
    assert len(dates) == 1
    assert parsedate_to_datetime(dates[0][6:]).year > 2000
