"""What a field does not take is refused before anything is sent."""

from __future__ import annotations

import base64
import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from modelhunter import InvalidInput, Unprocessable
from modelhunter.plugins.catalogue import Field
from modelhunter.plugins.field_validation import value_findings
from modelhunter.plugins.media import MediaRule

RULE = MediaRule(
    kind="image",
    formats=("image/png", "image/jpeg", "image/webp"),
    max_bytes=1_000_000,
    min_side=300,
    max_side=6000,
    min_ratio=0.4,
    max_ratio=2.5,
    data_uri=True,
)


def png(width, height):
    file = io.BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    return file.getvalue()


def problems(value, rule=RULE):
    field = Field(name="image", type="string", media=rule)
    return [str(finding) for finding in value_findings(field, value, "image", "m-1")]


def forms(content, tmp_path):
    """The same content in each form in which it can be given."""
    path = tmp_path / "cat.png"
    path.write_bytes(content)
    file = io.BytesIO(b"before" + content)
    file.seek(6)
    encoded = base64.b64encode(content).decode()
    return {
        "path": path,
        "text": str(path),
        "bytes": content,
        "bytearray": bytearray(content),
        "file": file,
        "pillow": Image.open(io.BytesIO(content)),
        "data": f"data:image/png;base64,{encoded}",
        "percent": "data:image/png;base64," + encoded.replace("+", "%2B").replace("=", "%3D"),
    }


FORMS = ["path", "text", "bytes", "bytearray", "file", "pillow", "data", "percent"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("width", "height", "says"),
    [
        (299, 400, "299 x 400 pixels are fewer than m-1 takes; allowed: at least 300 pixels"),
        (6001, 5000, "6,001 x 5,000 pixels are more than m-1 takes; allowed: at most 6,000"),
        (1001, 400, "too wide for m-1; allowed: width / height at least 0.4 and at most 2.5"),
        (400, 1001, "too narrow for m-1"),
        (300, 300, None),
        (6000, 2400, None),
        (1000, 400, None),
        (400, 1000, None),
    ],
)
def test_pictures_of_the_wrong_size_in_every_form(tmp_path, form, width, height, says):
    value = forms(png(width, height), tmp_path)[form]
    found = problems(value)
    if says is None:
        assert found == []
    else:
        assert len(found) == 1
        assert says in found[0]
    if form == "file":
        assert value.tell() == 6


def test_limits_that_are_only_inferred_say_so():
    rule = MediaRule(kind="image", min_side=300, unverified=frozenset({"min_side"}))
    assert "(inferred, not documented)" in problems(png(10, 300), rule)[0]
    rule = MediaRule(kind="image", max_ratio=2, unverified=frozenset({"max_ratio"}))
    (problem,) = problems(png(300, 10), rule)
    assert "width / height at most 2 (inferred, not documented)" in problem


def test_a_picture_may_break_several_limits_at_once():
    assert len(problems(png(10, 7000))) == 3


@pytest.mark.parametrize("form", ["path", "bytes", "file", "pillow"])
def test_the_content_decides_what_kind_of_file_it_is(tmp_path, form):
    value = forms(png(400, 400), tmp_path)[form]
    (problem,) = problems(value, MediaRule(kind="video"))
    assert "m-1 takes a video here, this is image/png" in problem
    (problem,) = problems(value, MediaRule(kind="image", formats=("image/jpeg",)))
    assert "does not take image/png here; allowed: image/jpeg" in problem


def test_a_wrong_ending_is_no_harm(tmp_path):
    path = tmp_path / "cat.mp3"
    path.write_bytes(png(400, 400))
    assert problems(path) == []


def test_what_does_not_tell_its_size_is_let_through(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert problems(path) == problems(path.read_bytes()) == []


@pytest.mark.parametrize("size", [None, (1,), ("a", "b"), (0, 0), 7, (1, 2, 3)])
def test_a_picture_that_does_not_know_its_size(size):
    class Picture:
        format = None

        def save(self, fp, format=None):  # noqa: A002
            raise AssertionError

    picture = Picture()
    picture.size = size
    assert problems(picture) == []


def test_more_than_can_be_uploaded_at_all(tmp_path):
    path = tmp_path / "clip.mp4"
    path.touch()
    os.truncate(path, 100 * 1024 * 1024 + 1)
    (problem,) = problems(path, MediaRule(kind="video"))
    assert (
        "104,857,601 bytes are more than can be uploaded; allowed: at most 104,857,600" in problem
    )
    os.truncate(path, 100 * 1024 * 1024)
    assert problems(path, MediaRule(kind="video")) == []


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "cat.png")
    assert problems(tmp_path / "cat.png") == []


@given(st.text() | st.binary().map(lambda data: base64.b64encode(data).decode()), st.booleans())
def test_hostile_data_uris(content, encoded):
    problems(f"data:image/png{';base64' if encoded else ''},{content}")


# ------------------------------------------------------------------- with the clients


@pytest.mark.parametrize("form", ["path", "bytes", "file", "pillow", "data"])
def test_nothing_is_sent_of_what_does_not_fit(client, sandbox, tmp_path, form):
    seen = len(sandbox.requests)
    value = forms(png(10, 10), tmp_path)[form]
    with pytest.raises(InvalidInput, match="10 x 10 pixels are fewer than acme-1 takes"):
        client.do(lambda mh: mh.submit("acme-1", image=value))
    assert len(sandbox.requests) == seen


def test_the_limit_of_all_uploads(client, sandbox, tmp_path):
    path = tmp_path / "clip.mp4"
    path.touch()
    os.truncate(path, 100 * 1024 * 1024 + 1)
    seen = len(sandbox.requests)
    with pytest.raises(Unprocessable, match="FILE_TOO_LARGE"):
        client.do(lambda mh: mh.files.upload(path))
    assert [request.operation for request in sandbox.requests[seen:]] == ["createUploadUrl"]
