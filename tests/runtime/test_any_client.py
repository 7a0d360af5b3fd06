"""Clients of any API: credentials, errors, and lists read to their end."""

from __future__ import annotations

import asyncio
import json
import pickle
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from modelhunter.errors import APIError, ConfigurationError, NotFound, UnexpectedResponse
from modelhunter.runtime import decode
from modelhunter.runtime.auth import Auth, Credential, api_key, basic, bearer
from modelhunter.runtime.call import Call, JsonBody, Operation, ResponseDecoder
from modelhunter.runtime.client import AsyncClient, Client
from modelhunter.runtime.message import Request, Response
from modelhunter.runtime.paging import Cursor, Link, Offset, Page, Paging, next_link
from modelhunter.runtime.retry import Retry
from modelhunter.testing.virtual_clock import VirtualClock

if TYPE_CHECKING:
    from modelhunter.runtime.answers import Answer

BASE = "https://api.example.com/v1"
LIST: Operation[Any] = Operation(
    "listThings",
    "GET",
    "/things",
    "safe",
    answers={"200": ResponseDecoder("json", decode.anything)},
)


class Script:
    """A transport that answers from a list, and notes what was sent."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes = list(outcomes)
        self.requests: list[Request] = []

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        return self.outcomes.pop(0)

    def close(self) -> None:
        self.outcomes.clear()

    @property
    def targets(self) -> list[str]:
        return [request.target for request in self.requests]


class AsyncScript(Script):
    """The same for async clients."""

    async def send(self, request: Request) -> Response:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().send(request)

    async def close(self) -> None:  # type: ignore[override]
        self.outcomes.clear()


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {k.replace("_", "-"): v for k, v in headers.items()}, content)


def client(script: Script, **more: Any) -> Client:
    return Client(BASE, transport=script, **more)


# ------------------------------------------------------------------------------- credentials


KEYS = {
    "token": bearer("t1"),
    "user": basic("ann", "pä:ss"),
    "header": api_key("header", "X-Key", "k1"),
    "query": api_key("query", "key", "k&2"),
    "cookie": api_key("cookie", "sid", "k3"),
}


def sent(auth: Any, operation: Operation[Any] = LIST, **call: Any) -> Request:
    script = Script(answer([]))
    client(script, auth=auth).send(Call(operation, **call))
    return script.requests[0]


def needing(*needs: tuple[str, ...]) -> Operation[Any]:
    return Operation("op", "GET", "/things", "safe", LIST.answers, security=needs)


def test_each_kind_of_credential_goes_where_it_belongs() -> None:
    assert sent(KEYS["token"]).headers["Authorization"] == "Bearer t1"
    user = b64encode("ann:pä:ss".encode()).decode()
    assert sent(KEYS["user"]).headers["Authorization"] == f"Basic {user}"
    assert sent(KEYS["header"]).headers["X-Key"] == "k1"
    assert sent(KEYS["query"]).target == "/v1/things?key=k%262"
    assert sent(KEYS["query"], query=[("a", "b")]).target == "/v1/things?a=b&key=k%262"
    assert sent(KEYS["cookie"]).headers["Cookie"] == "sid=k3"
    both = sent(KEYS["cookie"], headers={"Cookie": "a=b"})
    assert both.headers["Cookie"] == "a=b; sid=k3"


@pytest.mark.parametrize(
    ("needs", "shown"),
    [
        ([("token",)], {"Authorization"}),
        ([("token", "header")], {"Authorization", "X-Key"}),
        ([("missing",), ("header",)], {"X-Key"}),
        ([("missing",), ()], set()),
        ([(), ("header",)], {"X-Key"}),
        ([], set()),
    ],
)
def test_a_call_shows_what_it_needs_and_no_more(
    needs: list[tuple[str, ...]], shown: set[str]
) -> None:
    headers = sent(Auth(KEYS, (("cookie",),)), needing(*needs)).headers
    assert headers.keys() & {"Authorization", "X-Key", "Cookie"} == shown


def test_the_default_is_for_calls_that_say_nothing() -> None:
    assert "Cookie" in sent(Auth(KEYS, (("cookie",),))).headers
    assert "Cookie" not in sent(Auth(KEYS, ())).headers
    assert {"X-Key", "Cookie"} <= sent(Auth(KEYS)).headers.keys()


def test_a_missing_credential_is_told_before_anything_is_sent() -> None:
    script = Script()
    with pytest.raises(ConfigurationError, match="listThings needs token, or a and b"):
        client(script, auth=Auth({}, (("token",), ("a", "b")))).send(Call(LIST))
    assert script.requests == []


@pytest.mark.parametrize("secret", ["", " ", "a\nb", "käse"])
def test_a_secret_that_cannot_be_sent_is_refused(secret: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        bearer(secret)
    assert not secret.strip() or secret not in str(caught.value)


def test_secrets_are_in_no_representation() -> None:
    shown = repr((Auth(KEYS), *KEYS.values(), client(Script(), auth=KEYS["token"])))
    assert not [secret for secret in ("t1", "ss", "k1", "k&2", "k3") if f"'{secret}" in shown]
    assert b64encode("ann:pä:ss".encode()).decode() not in shown


def test_credentials_do_not_travel_in_the_open_unasked() -> None:
    with pytest.raises(ConfigurationError, match="unencrypted"):
        Client("http://api.example.com", auth=KEYS["token"])
    Client("http://api.example.com", auth=KEYS["token"], allow_http=True)
    Client("http://api.example.com")
    Client("http://localhost:8080", auth=KEYS["token"])


# ------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"error": {"code": "gone", "message": "It went."}}, "gone", "It went."),
        ({"error": {"type": "bad", "message": "No."}}, "bad", "No."),
        ({"error": "No such thing"}, None, "No such thing"),
        ({"error": "invalid_grant", "error_description": "Old."}, "invalid_grant", "Old."),
        ({"message": "No.", "errorCode": 17}, "17", "No."),
        ({"title": "Gone", "detail": "It went.", "status": 404}, None, "It went."),
        ({"detail": [{"loc": ["body", "age"], "msg": "too low", "type": "less"}]}, "less",
         "body.age: too low"),
        ({"errors": [{"code": "a", "detail": "One."}, {"detail": "Two."}]}, "a", "One.; Two."),
        ({"errors": {"name": ["is empty"]}}, None, "name: is empty"),
        (["One.", "Two."], None, "One.; Two."),
        ({"detail": ""}, None, "it gave no reason"),
        (b"<html>oops</html>", None, "it gave no reason"),
        (b"", None, "it gave no reason"),
    ],
)  # fmt: skip
def test_errors_are_read_in_the_words_most_apis_use(
    body: Any, code: str | None, message: str
) -> None:
    script = Script(answer(body, 404, Request_Id="r1"))
    with pytest.raises(NotFound) as caught:
        client(script).send(Call(LIST))
    assert caught.value.code == code
    assert message in caught.value.message
    assert caught.value.request_id == "r1"
    assert "MODELHUNTER" not in str(caught.value)


def test_a_deep_or_endless_error_is_cut() -> None:
    body: Any = "x" * 5000
    for _ in range(50):
        body = {"error": body}
    with pytest.raises(APIError) as caught:
        client(Script(answer(body, 400))).send(Call(LIST))
    assert len(str(caught.value)) < 500


def test_an_unsafe_call_is_not_repeated_after_a_503_that_could_be_anybodys(clock: Any) -> None:
    operation: Operation[Any] = Operation("make", "POST", "/things", "unsafe", LIST.answers)
    script = Script(answer({"error": {"code": "x", "message": "Busy"}}, 503))
    with pytest.raises(APIError):
        client(script, clock=clock).send(Call(operation))
    turned_away = answer({"error": {"code": "x"}}, 503, Retry_After="1")
    script = Script(turned_away, answer([]))
    assert client(script, clock=clock).send(Call(operation)) == []


# ------------------------------------------------------------------------------- pages


def page(*items: int, **more: Any) -> Response:
    return answer({"data": list(items), **more})


CURSOR = Cursor(items=("data",), parameter="after", next=("next",))
WAYS: dict[str, tuple[Paging, list[Response], list[str]]] = {
    "cursor": (
        CURSOR,
        [page(1, 2, next="a b"), page(next="c"), page(3)],
        ["", "?after=a%20b", "?after=c"],
    ),
    "cursor with a flag": (
        Cursor(items=("data",), parameter="after", next=("last",), more=("more",)),
        [page(1, 2, last=2, more=True), page(3, last=3, more=False)],
        ["", "?after=2"],
    ),
    "offset": (
        Offset(items=("data",), parameter="offset"),
        [page(1, 2), page(3), page()],
        ["", "?offset=2", "?offset=3"],
    ),
    "offset with a total": (
        Offset(items=("data",), parameter="offset", total=("total",)),
        [page(1, 2, total=3), page(3, total=3)],
        ["", "?offset=2"],
    ),
    "page": (
        Page(items=("data",), parameter="page"),
        [page(1, 2), page(3), page()],
        ["", "?page=2", "?page=3"],
    ),
    "page from nought to a last": (
        Page(items=("data",), parameter="page", first=0, pages=("pages",)),
        [page(1, 2, pages=2), page(3, pages=2)],
        ["", "?page=1"],
    ),
    "link header": (
        Link(items=("data",)),
        [
            answer({"data": [1, 2]}, Link='</v1/other?p=2>; rel="next", <x>; rel="last"'),
            answer({"data": [3]}, Link='<https://api.example.com/v1/things>; rel="first"'),
        ],
        ["", "other?p=2"],
    ),
    "link in the answer": (
        Link(items=("data",), next=("next",)),
        [page(1, 2, next=f"{BASE}/things?p=2"), page(3, next=None)],
        ["", "?p=2"],
    ),
    "the answer is the list": (
        Page(parameter="page"),
        [answer([1, 2]), answer([3]), answer([])],
        ["", "?page=2", "?page=3"],
    ),
}


def targets(ends: list[str]) -> list[str]:
    return [f"/v1/{end}" if end[:1].isalpha() else f"/v1/things{end}" for end in ends]


@pytest.mark.parametrize("way", WAYS)
def test_a_list_is_read_to_its_end(way: str) -> None:
    paging, answers, ends = WAYS[way]
    script = Script(*answers)
    found = client(script, paging={"listThings": paging})
    assert list(found.items(Call(LIST))) == [1, 2, 3]
    assert script.targets == targets(ends)
    script = Script(*answers)
    found = client(script, paging={"listThings": paging})
    assert len(list(found.pages(Call(LIST)))) == len(answers)


@pytest.mark.parametrize("way", WAYS)
def test_the_async_client_reads_the_same(way: str) -> None:
    paging, answers, ends = WAYS[way]
    script = AsyncScript(*answers)

    async def read() -> tuple[list[Any], int]:
        async with AsyncClient(BASE, transport=script, paging={"listThings": paging}) as found:  # type: ignore[arg-type]
            items = [item async for item in found.items(Call(LIST))]
            script.outcomes = list(answers)
            return items, len([page async for page in found.pages(Call(LIST))])

    assert asyncio.run(read()) == ([1, 2, 3], len(answers))
    assert script.targets == targets(ends) * 2


def test_pages_are_read_only_as_they_are_wanted() -> None:
    script = Script(*WAYS["cursor"][1])
    items = client(script, paging={"listThings": CURSOR}).items(Call(LIST))
    assert [next(items), next(items)] == [1, 2]
    assert len(script.requests) == 1


def test_paging_begins_where_the_call_does_and_keeps_its_other_parameters() -> None:
    script = Script(page(1), page())
    paging = {"listThings": Page(items=("data",), parameter="page")}
    found = client(script, paging=paging)
    list(found.items(Call(LIST, query=[("page", "7"), ("size", "1")])))
    assert script.targets == ["/v1/things?page=7&size=1", "/v1/things?size=1&page=8"]


def test_parameters_of_a_body_are_paged_too() -> None:
    search: Operation[Any] = Operation("listThings", "POST", "/s", "safe", LIST.answers)
    script = Script(page(1, next=5), page(2))
    paging = {
        "listThings": Cursor(items=("data",), parameter="after", next=("next",), in_body=True)
    }
    call = Call(search, body=JsonBody({"q": "x"}))
    assert list(client(script, paging=paging).items(call)) == [1, 2]
    bodies = [json.loads(request.body or b"") for request in script.requests]  # type: ignore[arg-type]
    assert bodies == [{"q": "x"}, {"q": "x", "after": 5}]
    assert call.body == JsonBody({"q": "x"})


@pytest.mark.parametrize(
    ("paging", "answers", "words"),
    [
        (CURSOR, [page(1, next="a"), page(2, next="a")], "no new cursor"),
        (CURSOR, [page(1, next="a"), page(2, next="b"), page(3, next="a")], "no new cursor"),
        (Cursor(items=("data",), parameter="after", next=("next",), more=("more",)),
         [page(1, more=True)], "no new cursor"),
        (Offset(items=("data",), parameter="o", total=("total",)),
         [page(1, total=9), page(total=9)], "a page is empty"),
        (Page(items=("data",), parameter="p", pages=("n",)),
         [page(1, n=3), page(n=3)], "a page is empty"),
        (Link(items=("data",)), [answer({"data": [1]}, Link="<https://evil.example/x>; rel=next")],
         "another address"),
        (Link(items=("data",)), [answer({"data": [1]}, Link="</elsewhere>; rel=next")],
         "another address"),
        (Link(items=("data",)), [answer({"data": [1]}, Link="</v1/x>; rel=next")] * 2,
         "no new cursor"),
        (CURSOR, [answer({"data": "text"})], "no list of items"),
    ],
)  # fmt: skip
def test_a_list_that_leads_nowhere_is_an_error(
    paging: Paging, answers: list[Response], words: str
) -> None:
    script = Script(*answers)
    with pytest.raises(UnexpectedResponse, match=words):
        list(client(script, paging={"listThings": paging}).items(Call(LIST)))
    assert script.outcomes == []


def test_a_list_of_unknown_paging_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="known: others"):
        list(client(Script(), paging={"others": CURSOR}).items(Call(LIST)))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('<a>; rel="next"', "a"),
        ('<a>; rel="prev", <b>; title="x, y"; rel="last next"', "b"),
        ("<a>;rel=next", "a"),
        ('<a,b>; REL="NEXT"', "a,b"),
        ('<a>; title="rel=next"', None),
        ("<a>", None),
        ("nonsense; rel=next", None),
        ("", None),
    ],
)
def test_link_headers(header: str, expected: str | None) -> None:
    assert next_link(header) == expected


def test_credentials_of_basic_have_no_colon_in_the_name() -> None:
    with pytest.raises(ConfigurationError, match="colon"):
        basic("a:b", "c")
    assert isinstance(basic("a", "b:c"), Credential)


def test_the_links_of_a_list_are_those_of_its_server() -> None:
    operation: Operation[Any] = evolve(LIST, server="https://lists.example.com/v2")
    script = Script(
        answer([1], Link="<https://lists.example.com/v2/things?after=1>; rel=next"),
        answer([2], Link="<https://api.example.com/v1/things>; rel=next"),
    )
    with client(script, described=[BASE], paging={"listThings": Link()}) as one:
        items = one.items(Call(operation))
        assert next(items) == 1
        with pytest.raises(UnexpectedResponse, match="another address"):
            next(items)
    assert [request.origin for request in script.requests] == ["https://lists.example.com"] * 2
    assert script.targets == ["/v2/things", "/v2/things?after=1"]


# ------------------------------------------------------------------------------- whole answers


def test_exchange_gives_all_of_an_answer() -> None:
    clock = VirtualClock()
    came = answer({"a": 1}, ETag='"7"', Location="/things/1", Request_Id="r1")

    class Slow(Script):
        def send(self, request: Request) -> Response:
            clock.sleep(2.0)
            return super().send(request)

    script = Slow(answer({}, 500), came)
    found = client(script, clock=clock, retries=Retry(base=0)).exchange(Call(LIST))
    assert (found.value, found.status, found.request_id) == ({"a": 1}, 200, "r1")
    assert (found.headers.get("ETag"), found.headers.get("Location")) == ('"7"', "/things/1")
    assert (found.attempts, found.seconds, found.last_seconds) == (2, 4.0, 2.0)
    assert "/things/1" not in repr(found)


def test_exchange_of_the_async_client() -> None:
    async def main() -> Answer[Any]:
        async with AsyncClient(BASE, transport=AsyncScript(answer([1]))) as client:  # type: ignore[arg-type]
            return await client.exchange(Call(LIST))

    found = asyncio.run(main())
    assert (found.value, found.attempts, found.request_id) == ([1], 1, None)


def test_an_error_has_its_body_as_the_description_says() -> None:
    errors = {
        "404": ResponseDecoder("json", decode.member("id", decode.integer)),
        "4XX": ResponseDecoder("text", decode.string),
    }
    call = Call(evolve(LIST, errors=errors))
    sent = [answer({"id": 7}, 404, X_A="b"), answer(b"no", 409), answer({"id": "x"}, 404)]
    script = Script(*sent)
    bodies = []
    for _ in range(3):
        with pytest.raises(APIError) as caught:
            client(script).send(call)
        bodies.append(caught.value.body)
    assert bodies == [7, "no", None]
    assert pickle.loads(pickle.dumps(caught.value)).body is None


def test_where_one_description_is_for_all_answers_errors_are_read_by_it() -> None:
    call = Call(evolve(LIST, answers={"default": ResponseDecoder("json", decode.anything)}))
    with pytest.raises(NotFound) as caught:
        client(Script(answer({"id": 7}, 404, X_A="b"))).send(call)
    assert (caught.value.body, caught.value.headers["X-A"]) == ({"id": 7}, "b")


def test_an_answer_that_cannot_be_used_is_kept_and_not_shown() -> None:
    call = Call(evolve(LIST, answers={"200": ResponseDecoder("json", decode.integer)}))
    for body in (b'"secret"', b"secret" * 20_000):
        with pytest.raises(UnexpectedResponse) as caught:
            client(Script(answer(body, X_A="b")), retries=Retry(attempts=1)).send(call)
        error = caught.value
        assert error.raw == body[: 64 * 1024]
        assert error.headers["X-A"] == "b"
        assert "secretsecret" not in f"{error!r} {error}"
        assert pickle.loads(pickle.dumps(error)).raw == error.raw
