"""Operations that belong to another server than the rest of their API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from modelhunter.errors import ConfigurationError
from modelhunter.runtime.message import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from sample_package import Generated, Make

UPLOADS = "https://uploads.example"
DEFAULTS = {"r": {"default": "eu"}, "v": {"default": "v1"}}


class Notes:
    """A transport that answers everything with an empty object and notes where it went."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(200, {}, b"{}")

    def close(self) -> None:
        """Nothing is open."""


def operation(name: str, **more: Any) -> dict[str, Any]:
    answer = {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"operationId": name, "tags": ["x"], "responses": {"200": answer}, **more}


PATHS = {
    "/usual": {"get": operation("usual")},
    "/upload": {"post": operation("upload", servers=[{"url": UPLOADS}, {"url": "https://b.example"}])},
    "/path": {
        "servers": [{"url": "https://path.example/p"}],
        "get": operation("of_path"),
        "put": operation("of_neither", servers=[]),
        "post": operation("of_operation", servers=[{"url": "/v3"}]),
    },
    "/variable": {
        "get": operation(
            "variable",
            servers=[{"url": "https://{r}.example/{v}", "variables": DEFAULTS}],
        )
    },
    "/open": {"get": operation("left_open", servers=[{"url": "https://{r}.example"}])},
    "/same": {"get": operation("same", servers=[{"url": "https://api.example/v1"}])},
    "/second": {"get": operation("second", servers=[{"url": "https://test.example"}])},
    "/plain": {"get": operation("plain", servers=[{"url": "http://api.example/v1"}])},
    "/network": {"get": operation("network", servers=[{"url": "//net.example/n"}])},
    "/beside": {"get": operation("beside", servers=[{"url": "../v4"}])},
}  # fmt: skip
API = {
    "servers": [{"url": "https://api.example/v1"}, {"url": "https://test.example"}],
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "security": [{"token": []}],
}


@pytest.fixture
def made(make: Make) -> Generated:
    return make({}, PATHS, **API)


@pytest.fixture
def went(made: Generated) -> Callable[..., str]:
    """Where a client sends a call."""

    def ask(name: str, *base_url: str, **options: Any) -> str:
        notes = Notes()
        call = getattr(made.module("x"), name)()
        with made.module("client").Client(*base_url, transport=notes, **options) as client:
            client.send(call)
        return notes.requests[0].origin + notes.requests[0].target

    return ask


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("usual", "https://api.example/v1/usual"),
        ("upload", f"{UPLOADS}/upload"),
        ("of_path", "https://path.example/p/path"),
        ("of_neither", "https://path.example/p/path"),
        ("of_operation", "https://api.example/v3/path"),
        ("variable", "https://eu.example/v1/variable"),
        ("same", "https://api.example/v1/same"),
        ("second", "https://test.example/second"),
        ("network", "https://net.example/n/network"),
        ("beside", "https://api.example/v4/beside"),
    ],
)
def test_calls_go_to_the_server_of_their_operation(
    went: Callable[..., str], name: str, place: str
) -> None:
    assert went(name, token="t") == place


def test_only_what_has_a_server_of_its_own_says_so(made: Generated) -> None:
    module = made.module("x")
    for name in ("usual", "same"):
        assert getattr(module, name)().operation.server is None


def test_credentials_go_along(made: Generated) -> None:
    notes = Notes()
    with made.module("client").Client(token="t", transport=notes) as client:
        client.send(made.module("x").upload())
    assert notes.requests[0].headers["Authorization"] == "Bearer t"


@pytest.mark.parametrize("base_url", ["https://mine.example/v1", "http://127.0.0.1:9"])
def test_with_an_address_of_the_users_own_nothing_leaves_for_another_host(
    went: Callable[..., str], base_url: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"servers=\{\"https://uploads\.example\": ") as no:
        went("upload", base_url, token="t")
    assert "nothing was sent" in str(no.value)
    assert went("of_operation", base_url, token="t") == f"{base_url.removesuffix('/v1')}/v3/path"
    given = {UPLOADS: "http://127.0.0.1:9/up/"}
    assert went("upload", base_url, token="t", servers=given) == "http://127.0.0.1:9/up/upload"


def test_another_address_of_the_description_is_the_apis_too(went: Callable[..., str]) -> None:
    assert went("upload", "https://test.example/", token="t") == f"{UPLOADS}/upload"


def test_a_variable_without_a_value_has_to_be_given(went: Callable[..., str]) -> None:
    with pytest.raises(ConfigurationError, match="left_open belongs to"):
        went("left_open", token="t")
    given = {"https://{r}.example": "https://eu.example"}
    assert went("left_open", token="t", servers=given) == "https://eu.example/open"


def test_credentials_travel_encrypted(went: Callable[..., str]) -> None:
    with pytest.raises(ConfigurationError, match="unencrypted"):
        went("plain", token="t")
    assert went("plain", token="t", allow_http=True) == "http://api.example/v1/plain"
    with pytest.raises(ConfigurationError, match="the address for https://uploads"):
        went("usual", token="t", servers={UPLOADS: "http://mine.example"})


def test_a_description_without_addresses_names_none(make: Make) -> None:
    made = make({}, {"/a": {"servers": [{"url": UPLOADS}], "get": operation("a")}})
    notes = Notes()
    call = made.module("x").a()
    with (
        made.module("client").Client("https://api.example", transport=notes) as client,
        pytest.raises(ConfigurationError, match="belongs to"),
    ):
        client.send(call)
    own = made.module("client").Client(
        "https://a.example", transport=notes, servers={UPLOADS: UPLOADS}
    )
    own.send(call)
    assert [request.origin for request in notes.requests] == [UPLOADS]


@pytest.mark.parametrize("servers", [{"url": UPLOADS}, [UPLOADS], [{"url": 1}]])
def test_servers_of_the_wrong_form_are_told(problems: Any, servers: Any) -> None:
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "", "version": ""},
        "paths": {"/a": {"get": operation("a", servers=servers)}},
    }
    assert problems(spec) == ["malformed /paths/~1a/get/servers"]
    assert problems({**spec, "paths": {}, "servers": servers}) == ["malformed /servers"]
