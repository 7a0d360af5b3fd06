"""Every mode of a Pillow image becomes a file that holds the same, or is refused beforehand."""

from __future__ import annotations

import io
import urllib.request

import pytest
from PIL import Image

from modelhunter import InvalidInput, UploadFailed

SIDE = 320
MODES = [
    *("1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "LA", "PA", "RGBX"),
    *("RGBa", "La", "I;16", "I;16L", "I;16B", "I;16N"),
]


def picture(mode):
    """A picture of a mode with different things in it, as far as Pillow can make them."""
    grey = Image.linear_gradient("L").resize((SIDE, SIDE))
    if mode == "La":
        return grey.convert("LA").convert("La")
    if mode == "RGBa":
        return grey.convert("RGBA").convert("RGBa")
    if mode in ("I;16L", "I;16B", "I;16N"):
        return Image.frombytes(mode, (SIDE, SIDE), bytes(range(256)) * (SIDE * SIDE * 2 // 256))
    colours = Image.merge("RGB", (grey, grey.rotate(90), grey.rotate(180)))
    return (colours if mode not in ("1", "L", "I", "I;16") else grey).convert(mode)


def fetched(uploaded):
    with urllib.request.urlopen(uploaded.url) as answer:
        return Image.open(io.BytesIO(answer.read()))


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_becomes_a_file_that_shows_the_same(client, mode):
    given = picture(mode)
    assert given.mode == mode
    uploaded = client.do(lambda mh: mh.files.upload(given))
    found = fetched(uploaded)
    assert found.size == (SIDE, SIDE)
    kept = "I;16" if mode.startswith("I") else {"La": "LA", "LAB": "RGB"}.get(mode, "RGBA")
    assert found.convert(kept).tobytes() == given.convert(kept).tobytes()
    assert client.do(lambda mh: mh.submit("acme-1", image=given)).status == "pending"


@pytest.mark.parametrize("own", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK", "LA", "I;16"])
def test_the_format_in_which_it_came_is_kept_where_it_has_the_mode(client, own, mode):
    given = picture(mode)
    given.format = own  # as after putalpha() on a photograph
    found = fetched(client.do(lambda mh: mh.files.upload(given)))
    assert found.format in (own, "PNG")
    if mode == "RGB" and own in ("JPEG", "PNG", "WEBP"):
        assert found.format == own


def beyond():
    return Image.new("I", (SIDE, SIDE), 70_000)


def torn():
    file = io.BytesIO()
    picture("RGB").save(file, "PNG")
    return Image.open(io.BytesIO(file.getvalue()[: len(file.getvalue()) // 2]))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Image.new("F", (SIDE, SIDE)), "mode F"),
        (beyond, "mode I"),
        (lambda: Image.new("RGB", (0, 0)), "nothing in it"),
        (torn, "can't be saved"),
    ],
)
def test_what_no_file_holds_is_refused_before_anything_is_sent(client, sandbox, make, says):
    seen = len(sandbox.requests)
    with pytest.raises(InvalidInput, match=rf"image.*{says}"):
        client.do(lambda mh: mh.submit("acme-1", image=make(), sketch=picture("RGB")))
    if says != "nothing in it":
        with pytest.raises(UploadFailed, match=says):
            client.do(lambda mh: mh.files.upload(make()))
    assert len(sandbox.requests) == seen
