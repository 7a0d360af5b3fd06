"""Uploads in three steps, and links that are signed, lapse and can be read in parts."""

from __future__ import annotations

import pytest

from modelhunter.sandbox import ManualClock

PICTURE = b"\x89PNG" + bytes(range(256)) * 4
TICKET = {"filename": "cat.png", "contentType": "image/png", "sizeBytes": len(PICTURE)}


@pytest.fixture
def clock():
    return ManualClock(0)


@pytest.fixture
def api(start, clock):
    return start(clock=clock)


def ask(api, **changes):
    return api.send("POST", "/files/upload-url", {**TICKET, **changes})


def put(api, url, content=PICTURE, content_type="image/png"):
    return api.http.request("PUT", url, body=content, headers={"Content-Type": content_type})


def complete(api, file_id):
    return api.send("POST", f"/files/{file_id}/complete")


def uploaded(api, content=PICTURE, **changes):
    """The answer to the last of the three steps."""
    ticket = ask(api, **{"sizeBytes": len(content), **changes}).json()["data"]
    assert put(api, ticket["upload_url"], content).status == 200
    return complete(api, ticket["file_id"]).json()["data"]


def test_a_file_in_three_steps(api):
    ticket = ask(api).json()["data"]
    assert ticket["expires_at"] == "1970-01-01T00:15:00Z"
    assert put(api, ticket["upload_url"]).status == 200
    file = complete(api, ticket["file_id"]).json()["data"]
    url = file.pop("url")
    assert file == {
        "id": ticket["file_id"],
        "filename": "cat.png",
        "content_type": "image/png",
        "size_bytes": len(PICTURE),
        "created_at": "1970-01-01T00:00:00Z",
    }
    read = api.http.request("GET", url)
    assert (read.status, read.headers["Content-Type"], read.data) == (200, "image/png", PICTURE)


def test_links_are_on_another_host_than_the_api(api):
    assert api.sandbox.url.startswith("http://127.0.0.1:")
    assert ask(api).json()["data"]["upload_url"].startswith("http://localhost:")
    assert uploaded(api)["url"].startswith("http://localhost:")
    assert api.finished()["result"][0]["url"].startswith("http://localhost:")


def test_completing_twice_is_no_harm(api):
    file = uploaded(api)
    assert complete(api, file["id"]).json()["data"] == file


def test_an_upload_can_be_repeated_before_it_is_completed(api):
    ticket = ask(api).json()["data"]
    put(api, ticket["upload_url"], b"x" * len(PICTURE))
    put(api, ticket["upload_url"])
    url = complete(api, ticket["file_id"]).json()["data"]["url"]
    assert api.http.request("GET", url).data == PICTURE


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"sizeBytes": 100 * 1024 * 1024 + 1}, 422, "FILE_TOO_LARGE", None),
        ({"contentType": "text/html"}, 400, "VALIDATION_ERROR", "contentType"),
        ({"sizeBytes": "12"}, 400, "INVALID_PARAMETER", "sizeBytes"),
        ({"sizeBytes": 0}, 400, "INVALID_PARAMETER", "sizeBytes"),
        ({"sizeBytes": 1.5}, 400, "INVALID_PARAMETER", "sizeBytes"),
        ({"filename": ""}, 400, "INVALID_PARAMETER", "filename"),
    ],
)
def test_files_that_are_not_taken(api, changes, status, code, field):
    answer = ask(api, **changes)
    error = answer.json()["error"]
    assert (answer.status, error["code"]) == (status, code)
    assert error.get("details", {}).get("field") == field


@pytest.mark.parametrize(
    "content_type", ["image/webp", "video/mp4", "audio/mpeg", "image/heic", "IMAGE/PNG; x=1"]
)
def test_types_that_the_documentation_or_an_installed_model_takes(api, content_type):
    assert ask(api, contentType=content_type).status == 200


def test_completing_what_was_not_uploaded(api):
    answer = complete(api, ask(api).json()["data"]["file_id"])
    assert (answer.status, answer.json()["error"]["code"]) == (409, "CONFLICT")
    assert complete(api, "file_nobody").status == 404


def test_completing_what_has_another_size(api):
    ticket = ask(api).json()["data"]
    put(api, ticket["upload_url"], PICTURE[:-1])
    answer = complete(api, ticket["file_id"])
    assert (answer.status, answer.json()["error"]["details"]["field"]) == (422, "sizeBytes")


def test_a_public_link_works_only_once_the_upload_is_completed(api):
    ticket = ask(api).json()["data"]
    put(api, ticket["upload_url"])
    url = ticket["upload_url"].partition("?")[0].replace("/uploads/", "/files/") + ".png"
    assert api.http.request("GET", url).status == 404
    complete(api, ticket["file_id"])
    assert api.http.request("GET", url).status == 200


def test_the_type_of_an_upload_is_part_of_its_signature(api):
    assert put(api, ask(api).json()["data"]["upload_url"], content_type="text/plain").status == 403


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\files\\cat.png", "a/b/c d.png", ".png"])
def test_the_name_of_a_file_leads_nowhere(api, name):
    file = uploaded(api, filename=name)
    assert not {"/", "\\"} & set(file["filename"])
    assert api.http.request("GET", file["url"]).data == PICTURE


def link_of(api, kind):
    return (
        ask(api).json()["data"]["upload_url"]
        if kind == "upload"
        else api.finished()["result"][0]["url"]
    )


def use(api, url, kind):
    return put(api, url) if kind == "upload" else api.http.request("GET", url)


@pytest.mark.parametrize("kind", ["upload", "result"])
def test_links_lapse(api, clock, kind):
    url = link_of(api, kind)
    clock.advance(899)
    assert use(api, url, kind).status == 200
    clock.advance(1)
    refused = use(api, url, kind)
    assert refused.status == 403
    assert b"expired" in refused.data


def test_reading_a_task_again_brings_a_link_that_works(api, clock):
    task = api.finished()
    clock.advance(10_000)
    assert api.http.request("GET", task["result"][0]["url"]).status == 403
    fresh = api.task(task["id"])["result"][0]["url"]
    assert api.http.request("GET", fresh).status == 200


@pytest.mark.parametrize(
    "tampering",
    [
        lambda url: url.replace("expires=", "expires=9"),
        lambda url: url.replace("expires=", "expired="),
        lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
        lambda url: url.partition("?")[0],
        lambda url: url.partition("&")[0] + "&signature=%C3%A9",
        lambda url: url.replace(".mp4", ".mp3"),
    ],
)
def test_links_that_were_tampered_with(api, tampering):
    assert api.http.request("GET", tampering(api.finished()["result"][0]["url"])).status == 403


def test_a_link_to_read_is_no_link_to_write(api):
    assert put(api, link_of(api, "result")).status == 405
    assert api.http.request("GET", link_of(api, "upload")).status == 405


def test_links_need_no_key_and_note_one_that_comes(api):
    url = link_of(api, "result")
    api.http.request("GET", url)
    assert not api.sandbox.leaks
    api.http.request("GET", url, headers={"Authorization": f"Bearer {api.sandbox.key}"})
    (leak,) = api.sandbox.leaks
    assert (leak.operation, leak.host) == ("downloadResult", "localhost")


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-9", 206, 0, 10),
        ("bytes=1000-", 206, 1000, 1028),
        ("bytes=1000-5000", 206, 1000, 1028),
        ("bytes=-5", 206, 1023, 1028),
        ("bytes=-5000", 206, 0, 1028),
        ("bytes=9-0", 200, 0, 1028),
        ("bytes=0-1,3-4", 200, 0, 1028),
        ("lines=0-1", 200, 0, 1028),
        ("bytes=-", 200, 0, 1028),
    ],
)
def test_parts_of_a_file(api, asked, status, first, last):
    url = uploaded(api)["url"]
    part = api.http.request("GET", url, headers={"Range": asked})
    assert (part.status, part.data) == (status, PICTURE[first:last])
    assert part.headers["Content-Length"] == str(last - first)
    if status == 206:
        assert part.headers["Content-Range"] == f"bytes {first}-{last - 1}/1028"


def test_parts_beyond_the_end(api):
    answer = api.http.request("GET", uploaded(api)["url"], headers={"Range": "bytes=1028-"})
    assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */1028")


def test_a_part_only_of_the_same_content(api):
    url = uploaded(api)["url"]
    etag = api.http.request("HEAD", url).headers["ETag"]
    same = api.http.request("GET", url, headers={"Range": "bytes=0-1", "If-Range": etag})
    other = api.http.request("GET", url, headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert (same.status, other.status) == (206, 200)
    assert api.http.request("GET", url, headers={"If-None-Match": etag}).status == 304


def test_the_head_of_a_file(api):
    head = api.http.request("HEAD", uploaded(api)["url"])
    assert (head.status, head.headers["Content-Length"], head.data) == (200, "1028", b"")


def test_the_result_says_its_true_size(api):
    item, content = api.result()
    assert item["size_bytes"] == len(content)


def test_uploads_outlive_a_restart(start, tmp_path):
    database = tmp_path / "sandbox.db"
    api = start(database=database)
    path = uploaded(api)["url"].partition("/files/")[2]
    api.sandbox.stop()
    again = start(database=database)
    assert again.http.request("GET", f"{again.sandbox.url}/files/{path}").data == PICTURE
