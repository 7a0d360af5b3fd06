"""The sandbox's page, in a real browser: tasks as they run, their media, the requests."""

from __future__ import annotations

import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from modelhunter.sandbox import Fault, ManualClock
from modelhunter.sandbox.front_page import HEADERS

playwright = pytest.importorskip("playwright.sync_api", reason="it comes with the group browser")
expect = playwright.expect
expect.set_options(timeout=20_000)  # a browser that starts on a busy machine

EVIL = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)

pytestmark = pytest.mark.skipif(
    not CHROMIUM and "CI" not in os.environ,
    reason="there is no Chromium here; apt install chromium",
)


@pytest.fixture(scope="module")
def browser():
    quiet = ("background-networking", "component-update", "sync", "gpu")
    words = ["--no-sandbox", *(f"--disable-{what}" for what in quiet)]
    with playwright.sync_playwright() as running_playwright:
        running = running_playwright.chromium.launch(executable_path=CHROMIUM, args=words)
        yield running
        running.close()


@pytest.fixture
def page(browser):
    """A tab; afterwards there must be nothing that it complained about."""
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    tab = context.new_page()
    complaints = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.complaints = complaints
    yield tab
    context.close()


def card(page, id_):
    return page.locator(f"article[data-task={id_}]")


def test_tasks_are_seen_from_the_first_moment_to_their_media(start, page):
    api = start(clock=ManualClock(), speed=1, media="full")
    asked = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).netloc))
    page.goto(api.sandbox.url)
    assert page.title() == "ModelHunter sandbox"
    expect(page.locator("#how")).to_contain_text(f"MODELHUNTER_BASE_URL={api.sandbox.url}")
    expect(page.locator("#how")).not_to_contain_text(api.sandbox.key)

    film = api.task_id(input={"prompt": "日本の夕日", "duration": 2})
    expect(card(page, film)).to_contain_text("日本の夕日")
    expect(card(page, film).locator("h3 span").nth(1)).to_have_text("pending")
    expect(card(page, film).locator("progress")).to_be_visible()
    api.sandbox.advance(30)
    expect(card(page, film).locator(".running")).to_have_text("running")
    expect(card(page, film).locator("video")).to_have_count(0)
    api.sandbox.advance(31)
    video = card(page, film).locator("video")
    expect(video).to_be_visible()
    expect(video).to_have_js_property("duration", 2)
    assert video.evaluate("video => video.error") is None
    expect(card(page, film).locator("progress")).to_be_hidden()

    picture = api.task_id("acme/text-to-image", model="acme/image")
    sound = api.task_id("acme/text-to-speech", model="acme-sound")
    solid = api.task_id("acme/text-to-3d", model="acme-sound")
    api.sandbox.advance(61)
    expect(card(page, picture).locator("img")).to_have_js_property("naturalWidth", 1024)
    expect(card(page, sound).locator("audio")).to_be_visible()
    with page.expect_download() as download:
        card(page, solid).locator("a").click()
    assert Path(download.value.path()).read_bytes()[:4] == b"glTF"
    assert set(asked) == {urlsplit(api.sandbox.url).netloc}
    assert page.complaints == []


def test_what_others_wrote_is_shown_as_text(start, page):
    api = start()
    api.sandbox.faults.add(Fault("failed_task", operation="submit", message=EVIL))
    failed = api.task_id(input={"prompt": EVIL})
    page.goto(api.sandbox.url)
    api.send("GET", "/tasks/<b>x</b>")
    expect(card(page, failed).locator(".prompt")).to_have_text(EVIL)
    expect(card(page, failed).locator("p.failed")).to_have_text(EVIL)
    expect(page.locator("#requests")).to_contain_text("/api/v1/tasks/<b>x</b>")
    assert page.locator("article img, article script, td b").count() == 0
    assert page.title() == "ModelHunter sandbox"
    assert page.complaints == []


def test_requests_are_seen_as_they_come_without_their_signatures(start, page):
    api = start()
    page.goto(api.sandbox.url)
    link = api.result()[0]["url"]
    api.sandbox.faults.add(Fault("drop", operation="getBalance"))
    with pytest.raises(Exception, match=r"Connection|closed"):
        api.send("GET", "/balance")
    rows = page.locator("#requests tr")
    expect(rows.first).to_contain_text("GET /api/v1/balance")
    expect(rows.first).to_contain_text("dropped")
    expect(rows.filter(has_text=urlsplit(link).path)).to_have_count(1)
    expect(page.locator("#requests")).not_to_contain_text("signature")


def test_a_sandbox_that_was_stopped_is_seen_to_be(start, page):
    api = start()
    page.goto(api.sandbox.url)
    expect(page.locator("#facts")).to_contain_text("Balance")
    expect(page.locator("#trouble")).to_be_hidden()
    api.sandbox.stop()
    expect(page.locator("#trouble")).to_be_visible()


def test_the_policy_of_the_page_lets_nothing_else_run(start, page):
    api = start()
    answer = page.goto(api.sandbox.url)
    policy = answer.headers["content-security-policy"]
    assert policy == HEADERS["content-security-policy"]
    assert "unsafe" not in policy
    page.evaluate(
        "() => { const s = document.createElement('script'); "
        "try { s.textContent = 'document.title = 1'; document.head.append(s); } catch {} }"
    )
    page.evaluate(
        "() => { const a = document.createElement('a'); try { a.setAttribute('onclick', "
        "'document.title = 2'); } catch {} document.body.append(a); a.click(); }"
    )
    assert page.title() == "ModelHunter sandbox"
    assert page.complaints


ATTACK = """<!doctype html><title>evil</title><script>
const there = "%(url)s";
(async () => {
  const said = [];
  const tries = [
    ["/_sandbox/reset", {method: "POST", mode: "no-cors"}],
    ["/_sandbox/reset", {method: "POST", mode: "no-cors", body: "{}"}],
    ["/_sandbox/faults", {method: "POST", mode: "no-cors", body: '{"kind": "drop"}'}],
    ["/_sandbox/faults", {method: "POST", headers: {"Content-Type": "application/json"},
                          body: '{"kind": "drop"}'}],
    ["/_sandbox/faults", {method: "DELETE"}],
    ["/_sandbox/state", {}], ["/_sandbox/view", {}], ["/", {}],
  ];
  for (const [path, how] of tries) {
    try { said.push(await (await fetch(there + path, how)).text()); } catch { said.push("no"); }
  }
  document.body.append(JSON.stringify(said));
  document.title = "done";
})();
</script><body><form method="post" action="%(url)s/_sandbox/reset"><button>go</button></form>
<iframe src="%(url)s/"></iframe>"""


@pytest.fixture
def attacker(start):
    """A web site that attacks a sandbox."""
    api = start()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write((ATTACK % {"url": api.sandbox.url}).encode())

        def log_message(self, *words):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield api, f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_page_of_another_site_reads_and_changes_nothing(attacker, page):
    api, site = attacker
    task = api.task_id(input={"prompt": "a secret plan"})
    api.sandbox.faults.add(Fault("latency", operation="createWebhook"))
    page.goto(site)
    expect(page).to_have_title("done")
    assert "secret plan" not in page.content()
    assert page.frames[1].url.startswith("chrome-error:")
    page.get_by_role("button").click()
    page.wait_for_load_state()
    assert "is not controlled from pages of other sites" in page.content()
    assert [one["id"] for one in api.sandbox.state()["tasks"]] == [task]
    assert [planted.fault.kind for planted in api.sandbox.faults.planted] == ["latency"]
