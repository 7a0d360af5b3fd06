"""Links and redirects that lead where they must not are refused before anything is sent there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from modelhunter import DownloadFailed, ModelHunter, UnexpectedResponse, UnsafeLink
from modelhunter.flows.links import request_to
from modelhunter.runtime.error_responses import error_from
from modelhunter.runtime.message import Headers, Request, Response
from modelhunter.runtime.session import Session
from modelhunter.runtime.transports import reach
from modelhunter.runtime.transports.routes import Route

if TYPE_CHECKING:
    from modelhunter.runtime.transports.names import Addresses


def session(origin: str, *, allow_http: bool = False) -> Session:
    return Session(
        origin=origin,
        headers={"User-Agent": "t"},
        allow_http=allow_http,
        read_error=lambda call, response, now: error_from(call, response, tuple, now),
    )


HTTPS = session("https://api.example")


def to(session: Session, url: str, base: str = "") -> Request:
    return request_to(session, "GET", url, {}, base=base, deadline=None)


@pytest.mark.parametrize(
    ("url", "base", "says"),
    [
        ("http://storage.example/x?signature=5ecret", "", "unencrypted, where the API is https"),
        ("http://127.0.0.1/x?signature=5ecret", "", "unencrypted"),
        ("//storage.example/x", "http://storage.example/", "unencrypted"),
        ("https://me:5ecret@storage.example/x", "", "to storage.example has a user or password"),
        ("https://:5ecret@storage.example/x", "", "has a user or password"),
        ("https://me@storage.example/x", "", "has a user or password"),
    ],
)
def test_what_is_less_safe_than_the_api_is_refused(url, base, says):
    with pytest.raises(UnsafeLink, match=says) as caught:
        to(HTTPS, url, base)
    assert "5ecret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x/y", "https://", "https://[::1/x", "https://x:port/", "https://x/\ud800"],
)
def test_what_is_no_address_is_said(url):
    with pytest.raises(UnexpectedResponse, match="no http"):
        to(HTTPS, url)


def test_what_is_as_safe_is_asked_with_whose_link_it_is():
    request = to(HTTPS, "/y?a=1", "https://storage.example:8443/x")
    assert (request.origin, request.target) == ("https://storage.example:8443", "/y?a=1")
    assert request.home == "api.example"
    assert to(session("https://api.example", allow_http=True), "http://storage.example/").home
    assert to(session("http://127.0.0.1:8000"), "http://127.0.0.1:8000/").home == "127.0.0.1"


# ------------------------------------------------------------------------- by address


HOSTS = {
    "far.example": ["203.0.114.7"],
    "inside.example": ["10.0.0.7"],
    "both.example": ["10.0.0.7", "203.0.114.7"],
    "meta.example": ["169.254.169.254"],
    "here.example": ["127.0.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "six.example": ["fd00::7"],
    "zero.example": ["0.0.0.0"],
}


def reached(host: str, home: str, proxy: object = None) -> list[str]:
    """The addresses that a link's host may be reached at."""
    route = Route("https", host, 443, host, proxy)  # type: ignore[arg-type]
    request = Request("GET", f"https://{host}", "/", {}, home=home)
    asking = reach.addresses(request, route)
    answer: Addresses | None = None
    while True:
        try:
            name, port = asking.send(answer) if answer else next(asking)
        except StopIteration as end:
            return [one[4][0] for one in end.value]
        answer = [(2, 1, 6, "", (address, port)) for address in HOSTS.get(name, [name])]


@pytest.mark.parametrize(
    "host",
    [host for host in HOSTS if host not in ("far.example", "both.example")]
    + ["127.0.0.1", "10.1.2.3", "192.168.0.1", "100.64.0.1", "::1", "fe80::1%eth0"],
)
def test_a_link_of_an_api_out_there_leads_not_into_this_network(host):
    with pytest.raises(UnsafeLink, match="an address of this machine or its network"):
        reached(host, "far.example")


def test_a_link_leads_to_what_is_as_far_as_the_api():
    assert reached("far.example", "far.example") == ["203.0.114.7"]
    assert reached("both.example", "far.example") == ["203.0.114.7"]
    assert reached("inside.example", "inside.example") == ["10.0.0.7"]
    assert reached("10.9.9.9", "inside.example") == ["10.9.9.9"]
    assert reached("inside.example", "127.0.0.1") == ["10.0.0.7"]
    assert reached("here.example", "127.0.0.1") == ["127.0.0.1"]
    for host in ("here.example", "meta.example"):
        with pytest.raises(UnsafeLink):
            reached(host, "inside.example")


def test_through_a_proxy_what_a_link_says_counts():
    class Proxy:
        host, port = "far.example", 3128

    assert reached("here.example", "far.example", Proxy) == ["203.0.114.7"], "the proxy knows"
    for host in ("10.0.0.7", "127.0.0.1", "::1"):
        with pytest.raises(UnsafeLink):
            reached(host, "far.example", Proxy)
    assert reached("10.0.0.7", "10.0.0.1", Proxy) == ["203.0.114.7"]


def test_both_transports_connect_to_no_address_that_is_too_near(connect, storage, tmp_path):
    """An API in the open, played by a server that calls itself so, gives a link to this machine."""
    storage.contents = [b"private"]
    client = connect(storage.address)
    task = client.do(lambda mh: mh.tasks.get("task_1"))
    context = client.mh.context
    context.session.origin = "http://203.0.114.7"  # where the answer is said to have come from
    with pytest.raises(DownloadFailed, match="an address of this machine or its network"):
        client.do(lambda _: task.download(tmp_path / "x.bin"))
    assert storage.asked == []


# ------------------------------------------------------------------------- whole clients


class Answers:
    """A transport that plays an https API and its storage, and knows what was asked."""

    def __init__(self, *links: str) -> None:
        self.links = list(links)
        self.asked: list[str] = []

    def send(self, request: Request) -> Response:
        self.asked.append(request.origin)
        if request.origin != "https://api.example":
            redirect = [("Location", self.links.pop(0))] if self.links else []
            return Response(302 if redirect else 200, Headers(redirect), stream=object())
        data = {
            "id": "task_1",
            "status": "succeeded",
            "type": "video",
            "provider": "p",
            "model": "m",
            "created_at": "2026-01-01T00:00:00Z",
            "result": [{"url": self.links.pop(0)}],
        }
        return Response(200, Headers([]), json.dumps({"success": True, "data": data}).encode())

    def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        return b""

    def close_stream(self, response: Response) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "links",
    [
        ["http://storage.example/x"],
        ["https://storage.example/x", "http://storage.example/y"],
        ["https://storage.example/x", "/y", "//me:word@storage.example/z"],
    ],
)
def test_a_client_follows_no_unsafe_link_and_says_so_at_once(tmp_path, links):
    answers = Answers(*links)
    with ModelHunter("sk-1", base_url="https://api.example", transport=answers) as mh:
        task = mh.tasks.get("task_1")
        with pytest.raises(DownloadFailed, match="it was not followed") as caught:
            task.download(tmp_path / "x.mp4")
    assert isinstance(caught.value.__cause__, UnsafeLink)
    assert caught.value.task is task
    assert answers.asked == ["https://api.example"] + ["https://storage.example"] * (len(links) - 1)
    assert list(tmp_path.iterdir()) == []
