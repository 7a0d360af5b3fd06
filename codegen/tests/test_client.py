"""Packages of foreign APIs: the guide's example, security schemes and overlays."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import re
import ssl
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme
import yaml
from library_server import BOOKS, library
from sample_package import Make, description, save

from modelhunter.errors import APIError, ConfigurationError
from modelhunter_codegen.build import build
from modelhunter_codegen.cli import main
from modelhunter_codegen.problems import DescriptionError, Report

if TYPE_CHECKING:
    from collections.abc import Iterator

GUIDE = (Path(__file__).parents[2] / "docs" / "foreign-apis.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the files of the guide, in which its command was run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    Path("books.yaml").write_text(blocks("yaml")[0])
    Path("paging.yaml").write_text(blocks("yaml")[1])
    command = next(line for line in blocks("") if line.startswith("modelhunter-codegen"))
    assert main(command.split()[1:]) == 0
    importlib.invalidate_caches()
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] == "library"]:
        del sys.modules[name]


RELAYED = """
import socket
usual = socket.getaddrinfo
def found(host, port, *more, **named):
    name = host.decode() if isinstance(host, bytes) else host
    return usual(*PLACES.get((name, int(port or 0)), (host, port)), *more, **named)
socket.getaddrinfo = found
"""
"""Leads connections to the servers of a test, in a process that imports it as its start."""


def test_the_guide_does_what_it_says(guide: Path) -> None:
    """Each block as it is typed: the addresses in it are those of servers here."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(guide / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("library.example").configure_cert(context)
    said = []
    with library(context) as server, library() as uploads:
        places = {
            ("library.example", 443): ("127.0.0.1", server.server_port),
            ("127.0.0.1", 9001): ("127.0.0.1", uploads.server_port),
        }
        (guide / "sitecustomize.py").write_text(f"PLACES = {places!r}\n{RELAYED}")
        for block in blocks("python"):
            done = subprocess.run(
                [sys.executable, "-W", "error", "-c", block],
                env={
                    **os.environ,
                    "PYTHONPATH": str(guide),
                    "SSL_CERT_FILE": str(guide / "ca.pem"),
                },
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            said.append(done.stdout)
    assert said == [
        "".join(f"{number} {title}\n" for number, title in enumerate(BOOKS))
        + "added 2026-03-02 08:15:00+00:00\n",
        f"{BOOKS}\n",
        "2\n",
        "",
        "200 application/json 1\n",
    ]
    listed = [one for one in server.seen if one[0] == "GET"]
    assert [path for _, path, _ in listed] == [
        "/v1/books?author=Le%20Guin",
        "/v1/books?author=Le%20Guin&cursor=2",
        "/v1/books",
        "/v1/books?cursor=2",
        "/v1/books?author=Le%20Guin",
        "/v1/books",
    ]
    assert {authorization for _, _, authorization in listed} == {None}
    assert uploads.seen == [("PUT", "/books/9/cover", "Bearer s3cret")]


def test_operations_are_found_from_the_client(guide: Path) -> None:
    client = importlib.import_module("library.client")
    with library() as server, client.Client(server.url, token="s3cret") as blocking:
        assert "library.books" not in sys.modules  # it is imported when it is first used
        assert dir(blocking.books) == ["add_book", "list_books", "put_cover"]
        assert blocking.books.add_book(title="x").title == "x"
        assert "title" in str(inspect.signature(blocking.books.add_book))
        with pytest.raises(AttributeError, match="no operation 'ad_book'"):
            blocking.books.ad_book()
        with pytest.raises(AttributeError):
            blocking.books.Call()

        async def main() -> str:
            async with client.AsyncClient(server.url, token="s3cret") as other:
                return (await other.books.add_book(title="y")).title

        assert asyncio.run(main()) == "y"


def test_the_readme_has_every_operation(guide: Path) -> None:
    text = Path("library/README.md").read_text("utf-8")
    assert "# Library\n" in text
    assert 'with Client(token="…") as client:\n    client.books.list_books(…)' in text
    sections = dict(re.findall(r"^### (\S+)\n\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL))
    assert list(sections) == ["list\\_books", "add\\_book", "put\\_cover"]
    listed, added, cover = sections.values()
    assert listed.startswith("`GET /books`\n\n- `cursor` (query, optional)\n")
    assert "- answers 200 (`application/json`): One page of books." in listed
    assert "- credentials: none\n- pages: by cursor\n- retries: sent again after any" in listed
    assert "- body (`application/json`, needed): by fields: `title`" in added
    assert "- credentials: `token`\n- retries: sent again only where" in added
    assert "- `id` (path, needed)" in cover
    assert "(`image/png`, needed): `body`" in cover


def test_no_text_of_a_description_is_markup_in_the_readme(make: Make) -> None:
    words = "a|b](x)<i>`c`*d*\u202e &amp; # e"
    op = {"operationId": "go", "tags": ["t"], "summary": words, "responses": {}}
    readme = make(paths={"/t": {"get": op}}).built.files["README.md"]
    shown = r"a\|b\](x)\<i\>\`c\`\*d\*� \&amp; \# e."
    assert shown in readme


def test_groups_of_operations_hide_nothing_of_the_client(make: Make, tmp_path: Path) -> None:
    tags = ("items", "str", "property", "auth", "client", "paging", "a_1", "a1", "send", "groups")
    paths = {
        f"/{tag}": {"get": {"operationId": f"get {tag}", "tags": [tag], "responses": {}}}
        for tag in tags
    }
    made = make(paths=paths)
    found = {
        name
        for name, value in vars(made.module("client").Client).items()
        if isinstance(value, property)
    }
    wanted = {"items_", "str_", "property_", "auth", "client_", "paging", "a_1", "a1", "send_"}
    assert found == {*wanted, "groups"}
    client = made.module("client").Client("http://127.0.0.1:1")
    for name in found:
        assert len(dir(getattr(client, name))) == 1
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "c")]
    done = subprocess.run(
        [*command, str(made.folder)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout


def test_an_api_that_refuses_and_a_token_that_is_missing(guide: Path) -> None:
    books, client = (importlib.import_module(f"library.{name}") for name in ("books", "client"))
    with library() as server:
        with client.Client(server.url, token="wrong") as wrong, pytest.raises(APIError) as caught:
            wrong.send(books.add_book(title="x"))
        assert (caught.value.status, caught.value.code) == (401, "who")
        assert "Show your card." in str(caught.value)
        with client.Client(server.url) as without, pytest.raises(ConfigurationError, match="token"):
            without.send(books.add_book(title="x"))
    assert len(server.seen) == 1


def test_the_package_of_the_guide_is_clean_under_mypy(guide: Path) -> None:
    Path("use.py").write_text(
        "from typing import assert_type\n"
        "from library import books\n"
        "from library.client import AsyncClient, Client\n"
        "from library.models import Book\n"
        "async def use(client: Client, other: AsyncClient) -> None:\n"
        "    for book in client.items(books.list_books()):\n"
        "        assert_type(book, Book)\n"
        "    async for book in other.items(books.list_books()):\n"
        "        assert_type(book, Book)\n"
        "    assert_type(client.books.add_book(title='x'), Book)\n"
        "    assert_type(await other.books.add_book(title='x'), Book)\n"
        "    client.books.add_book(titel='x')  # type: ignore[call-arg]\n"
        "    client.books.put_cover(3, body=b'')\n"
        "    client.boks  # type: ignore[attr-defined]\n"
    )
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        "cache",
        "library",
        "use.py",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout


def test_check_knows_the_overlay(guide: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generate = ["generate", "books.yaml", "--overlay", "paging.yaml"]
    generate += ["--out", "library", "--package", "library", "--check"]
    assert main(generate) == 0
    Path("paging.yaml").write_text("paging: {}\n")
    assert main(generate) == 1
    assert "the description has changed" in capsys.readouterr().out


def test_an_overlay_of_a_target(guide: Path) -> None:
    Path("pyproject.toml").write_text(
        "[tool.modelhunter-codegen]\ntargets = [{spec = 'books.yaml', out = 'library', "
        "package = 'library', overlay = 'paging.yaml'}]\n"
    )
    assert main(["generate", "--check"]) == 0


# ------------------------------------------------------------------------------- security


def operation(name: str, **more: Any) -> dict[str, Any]:
    return {"get": {"operationId": name, "tags": ["x"], "responses": {}, **more}}


SCHEMES = {
    "Bearer-Auth": {"type": "http", "scheme": "Bearer"},
    "base_url": {"type": "apiKey", "in": "query", "name": "k'\"\\\n"},
    "user": {"type": "http", "scheme": "basic"},
    "login": {"type": "oauth2", "flows": {}},
    "tls": {"type": "mutualTLS"},
}


def test_schemes_become_arguments_and_needs(make: Make) -> None:
    made = make(
        {},
        {
            "/a": operation("usual"),
            "/b": operation("open", security=[]),
            "/c": operation("either", security=[{"user": []}, {"base_url": [], "login": ["x"]}]),
            "/d": operation("tls_only", security=[{"tls": []}]),
        },
        components={"securitySchemes": SCHEMES},
        security=[{"Bearer-Auth": []}],
    )
    module = made.module("client")
    calls = made.module("x")
    client = module.Client("https://x.example", bearer_auth="t", base_url_="k", user=("a", "b"))
    auth = client._session.auth

    def shown(name: str) -> list[str]:
        return [one.name for one in auth.chosen(getattr(calls, name)().operation)]

    assert shown("usual") == shown("either") == ["Authorization"]
    assert auth.chosen(calls.either().operation)[0].value.startswith("Basic")
    assert shown("open") == shown("tls_only") == []
    other = module.Client("https://x.example", base_url_="k", login="t")
    kept = other._session.auth.chosen(calls.either().operation)
    assert [one.name for one in kept] == ["k'\"\\\n", "Authorization"]
    assert {note.name for note in made.report.notes} == {"unsupported-security-scheme"}


@pytest.mark.parametrize(
    ("security", "on_operation", "expected"),
    [
        (None, None, None),
        (None, [{"user": []}], ()),
        ([], None, ()),
        ([{"user": []}, {}], None, (("user",), ())),
    ],
)
def test_what_calls_need_by_default(
    make: Make, security: Any, on_operation: Any, expected: Any
) -> None:
    more = {} if security is None else {"security": security}
    own = {} if on_operation is None else {"security": on_operation}
    made = make(
        {},
        {"/a": operation("a", **own), "/b": operation("b")},
        components={"securitySchemes": {"user": SCHEMES["user"]}},
        **more,
    )
    assert made.module("client").Client("https://x.example")._session.auth.needs == expected
    assert made.module("x").b().operation.security is None


@pytest.mark.parametrize(
    ("servers", "base"),
    [
        ([{"url": "https://a.example/v1"}, {"url": "https://b.example"}], "https://a.example/v1"),
        (
            [{"url": "https://{r}.example", "variables": {"r": {"default": "eu"}}}],
            "https://eu.example",
        ),
        ([{"url": "/v1"}], None),
        ([{"url": "https://{r}.example"}], None),
        ([], None),
    ],
)
def test_the_address_is_the_first_servers(make: Make, servers: Any, base: str | None) -> None:
    module = make({}, {"/a": operation("a")}, servers=servers).module("client")
    assert getattr(module, "BASE_URL", None) == base
    if base is None:
        with pytest.raises(TypeError):
            module.Client()
    else:
        assert repr(module.Client()) == f"<Client {base}>"


def test_a_document_with_a_package_of_its_own_brings_no_client(make: Make) -> None:
    made = make({}, {"/a": operation("a")}, **{"x-python-package": "other"})
    assert "client.py" not in made.built.files


# ------------------------------------------------------------------------------- overlays

THINGS = {
    "type": "object",
    "properties": {
        "theData": {"type": "array", "items": {"type": "string"}},
        "meta": {"type": "object", "properties": {"nextOne": {"type": "string"}}},
        "name": {"type": "string"},
    },
}
PATHS = {
    "/a": operation(
        "listThings",
        parameters=[{"name": "after", "in": "query", "schema": {"type": "string"}}],
        responses={"200": {"description": "", "content": {"application/json": {"schema": THINGS}}}},
    )
}


def overlaid(folder: Path, listing: Any, **more: Any) -> str:
    spec = save(folder, description({}, PATHS))
    overlay = folder / "paging.yaml"
    overlay.write_text(yaml.safe_dump({"paging": {"listThings": listing}, **more}))
    return build(spec, "made", Report(), overlay=overlay).files["client.py"]


def test_names_of_the_wire_become_attributes(tmp_path: Path) -> None:
    listing = {"style": "cursor", "items": "theData", "parameter": "after", "next": "meta.nextOne"}
    made = overlaid(tmp_path, listing)
    assert 'items=("the_data", ), next=("meta", "next_one", )' in made


@pytest.mark.parametrize(
    ("listing", "words"),
    [
        ({"style": "spiral"}, "/paging/listThings/style: bad-overlay: style is one of cursor"),
        ({}, "style is one of"),
        ({"style": "cursor", "items": "theData", "parameter": "after"}, "needs 'next'"),
        ({"style": "link", "items": "theData", "parameter": "after"}, "'parameter' is no key"),
        ({"style": "page", "items": "theData", "parameter": "before"}, "no parameter 'before'"),
        ({"style": "page", "items": "the_data", "parameter": "after"}, "has no 'the_data'"),
        ({"style": "page", "items": "name.x", "parameter": "after"}, "nothing with a 'x'"),
        ({"style": "page", "items": "name", "parameter": "after"}, "the items are no list"),
        ({"style": "page", "parameter": "after"}, "the items are no list"),
        ({"style": "page", "items": "theData", "parameter": "after", "first": "1"}, "first is"),
        ({"style": "page", "items": [1], "parameter": "after"}, "items is a path"),
        ("cursor", "it must be a mapping"),
    ],
)
def test_a_mistake_in_an_overlay_is_told_with_its_place(
    tmp_path: Path, listing: Any, words: str
) -> None:
    with pytest.raises(DescriptionError) as caught:
        overlaid(tmp_path, listing)
    assert words in str(caught.value)
    assert "paging.yaml:" in str(caught.value)


def test_an_overlay_for_nothing(tmp_path: Path) -> None:
    spec = save(tmp_path, description({}, PATHS))
    for text, words in (
        ("paging: {listThing: {style: link}}\n", "did you mean listThings?"),
        ("lists: {}\n", "an overlay has a mapping `paging`"),
        ("paging: {}\nmore: 1\n", "'more' is nothing"),
        ("paging: 1\n", "an overlay has a mapping"),
    ):
        (tmp_path / "o.yaml").write_text(text)
        with pytest.raises(DescriptionError, match=re.escape(words)):
            build(spec, "made", Report(), overlay=tmp_path / "o.yaml")
