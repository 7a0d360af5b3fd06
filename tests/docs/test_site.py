"""The site as it is built: no dead link, every how-to in two clicks, search, pages for machines."""

from __future__ import annotations

import functools
import json
import os
import shutil
import threading
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

pytest.importorskip("zensical", reason="it comes with the group docs")

from website.build import BuildFailed, Site, build, collect, write
from website.navigation import HOW_TO, navigation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


class Page(HTMLParser):
    """The links of a page, those of its text apart, and the places that links can lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.own_links: set[str] = set()
        self.media: set[str] = set()
        self.ids: set[str] = set()
        self._article = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.add(given["id"])
        self._article += tag == "article"
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
            if self._article:
                self.own_links.add(given["href"])
        if tag in ("img", "script") and "src" in given:
            self.media.add(given["src"])

    def handle_endtag(self, tag: str) -> None:
        self._article -= tag == "article"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build(folder / "site", folder, new_pictures=False)
    return folder / "site"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """All pages by their address, from the root of the site."""
    return {
        "/" + path.parent.relative_to(site).as_posix().strip(".") + "/": Page(
            path.read_text("utf-8")
        )
        for path in site.rglob("index.html")
    } | {"/": Page((site / "index.html").read_text("utf-8"))}


def inside(address: str, link: str) -> tuple[str, str] | None:
    """Where a link of a page leads on the site; None where it leads away from it."""
    target, anchor = urldefrag(urljoin(f"http://site{address}", link))
    parts = urlsplit(target)
    return (unquote(parts.path), unquote(anchor)) if parts.netloc == "site" else None


def test_no_link_is_dead(site: Path, pages: dict[str, Page]) -> None:
    assert len(pages) > 50
    dead = []
    for address, page in pages.items():
        for link in page.links | page.media:
            target = inside(address, link)
            if target is None:
                continue
            path, anchor = target
            if path not in pages:
                if not (site / path.lstrip("/")).is_file():
                    dead.append((address, link))
            elif anchor and not anchor.startswith("__") and anchor not in pages[path].ids:
                dead.append((address, link))
    assert not dead


def test_every_how_to_is_two_clicks_from_the_first_page(pages: dict[str, Page]) -> None:
    """Through links in the text alone, without the bar at the side."""

    def led_to(address: str) -> set[str]:
        found = (inside(address, link) for link in pages[address].own_links)
        return {target[0] for target in found if target and target[0] in pages}

    first = led_to("/")
    near = first.union(*map(led_to, first))
    wanted = {f"/how-to/{name}/" for name in HOW_TO}
    assert wanted == {address for address in pages if address.startswith("/how-to/")}
    assert wanted <= near


def test_every_page_is_there_as_markdown_and_in_the_list_for_machines(site: Path) -> None:
    found = collect()
    short = (site / "llms.txt").read_text("utf-8")
    full = (site / "llms-full.txt").read_text("utf-8")
    assert short.startswith("# modelhunter\n\n> ")
    for page, text in found.plain.items():
        assert (site / page).read_text("utf-8") == text
        assert f"]({page})" in short
        assert text.strip() in full
    assert ":::" not in found.plain["reference/client.md"]
    assert "def submit" in full or "submit(" in found.plain["reference/client.md"]


def test_what_is_searched_for_is_in_the_index(site: Path) -> None:
    items = json.loads((site / "search.json").read_text("utf-8"))["items"]

    def places(word: str) -> set[str]:
        return {item["location"] for item in items if word in item["title"] + item["text"]}

    assert any(place.startswith("errors/") for place in places("SubmissionUnknown"))
    assert any(place.startswith("models/vidu/") for place in places("viduq3-turbo"))
    assert any(place.startswith("how-to/proxy/") for place in places("https_proxy"))


def test_a_dead_link_fails_the_build(tmp_path: Path) -> None:
    page = "# modelhunter\n\nText with a [dead link](nowhere.md).\n"
    with pytest.raises(BuildFailed, match="does not exist"):
        write(Site(pages={"index.md": page}, plain={"index.md": page}), tmp_path)


def test_a_page_that_nobody_named_is_in_the_navigation() -> None:
    found = navigation(["index.md", "agents.md", "new.md", "models/acme.md"])
    assert found == {
        "Start": ["index.md"],
        "Topics": ["agents.md"],
        "Models": ["models/acme.md"],
        "More": ["new.md"],
    }


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="there is no Chromium: apt install chromium"
)
def test_a_browser_walks_from_the_first_page_to_each_how_to(served: str) -> None:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="it comes with the group browser"
    )
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(60_000)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for name in HOW_TO:
            page.goto(served)
            page.locator(f"article a[href*='how-to/{name}']").first.click()
            page.wait_for_url(f"**/how-to/{name}/")
            assert page.locator("article h1").inner_text().strip()
            assert page.locator("article pre code").count()
        assert not complaints
        browser.close()
