"""What is genuine is accepted, and nothing else is."""

from __future__ import annotations

import hmac
import http.client
import io
import json
import pickle
from email.message import Message

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelhunter import webhooks
from modelhunter.errors import ConfigurationError, ModelHunterError
from modelhunter.webhooks import errors

SECRET = "whsec_4f6c2a"
NOW = 1_772_439_361
WHEN = "2026-03-02T08:16:01Z"
BODY = json.dumps(
    json.loads(
        webhooks.event_body(id="task_1", event_id="evt_1", created_at=WHEN, completed_at=WHEN)
    )
    | {"created_at": WHEN}
).encode()
HEADERS = webhooks.sign(BODY, SECRET, timestamp=NOW)
SIGNATURE = HEADERS["X-Webhook-Signature"]


def verified(body=BODY, headers=HEADERS, secrets=SECRET, now=NOW, **more):
    return webhooks.verify(body, headers, secrets, now=now, **more)


def resigned(body, **more):
    return webhooks.sign(body, SECRET, timestamp=NOW, **more)


# ----------------------------------------------------------------------- the signature itself


def test_a_genuine_delivery_becomes_a_typed_event():
    event = verified()
    assert (event.id, event.type) == ("evt_1", "task.completed")
    assert event.data.task.id == "task_1"
    assert event.data.task.result[0].format == "mp4"


def test_the_signature_is_what_openssl_makes():
    # printf '1772439361.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_example
    assert webhooks.sign(b'{"id":"evt_1"}', "whsec_example", timestamp=NOW) == {
        "Content-Type": "application/json",
        "X-Webhook-ID": "evt_1",
        "X-Webhook-Timestamp": "1772439361",
        "X-Webhook-Signature": (
            "sha256=b82cf50cdedebd7a82f4a898aa5cd1ff0f7ada415447cfc8235514b9fddfbc25"
        ),
    }


def test_the_bytes_are_signed_however_their_json_is_written():
    body = json.dumps(json.loads(BODY), indent=4, ensure_ascii=True).encode() + b"\r\n"
    assert verified(body, resigned(body)).id == "evt_1"
    with pytest.raises(errors.SignatureMismatch, match="raw bytes"):
        verified(json.dumps(json.loads(body)).encode(), resigned(body))


@settings(deadline=None)
@given(st.binary(), st.integers(0, 10**9), st.integers(1, 255))
def test_any_change_to_the_body_is_a_forgery(tail, place, flip):
    body = bytearray(BODY + tail)
    headers = resigned(bytes(body))
    body[place % len(body)] ^= flip
    with pytest.raises(errors.SignatureMismatch):
        verified(bytes(body), headers)


def test_a_new_timestamp_needs_a_new_signature():
    with pytest.raises(errors.SignatureMismatch):
        verified(headers={**HEADERS, "X-Webhook-Timestamp": str(NOW + 1)}, now=NOW + 1)


def test_a_forgery_that_is_also_old_is_called_a_forgery():
    with pytest.raises(errors.SignatureMismatch):
        verified(secrets="another", now=NOW + 10_000)


@pytest.mark.parametrize(
    "secrets", [["new", SECRET], (SECRET, "old"), {SECRET}, iter(["x", SECRET])]
)
def test_while_secrets_are_rotated_either_serves(secrets):
    assert verified(secrets=secrets).id == "evt_1"


def test_secrets_may_be_bytes():
    assert verified(secrets=[b"new", SECRET.encode()]).id == "evt_1"
    assert verified(headers=webhooks.sign(BODY, SECRET.encode(), timestamp=NOW)).id == "evt_1"


def test_a_secret_that_is_retired_no_longer_serves():
    with pytest.raises(errors.SignatureMismatch, match="any of the 2 secrets"):
        verified(secrets=["new", "newer"])


@pytest.mark.parametrize("secrets", ["", b"", "  ", [], [SECRET, ""], None, [None], [5]])
def test_a_missing_secret_is_the_programs_mistake_and_never_a_key(secrets):
    with pytest.raises(ConfigurationError, match="secret"):
        verified(secrets=secrets)


def test_secrets_are_compared_in_constant_time_and_all_of_them(monkeypatch):
    compared = []

    def compare(a, b):
        compared.append((type(a), type(b), len(a), len(b)))
        return real(a, b)

    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert verified(secrets=["a", SECRET, "b"]).id == "evt_1"
    assert compared == [(bytes, bytes, 71, 71)] * 3


@pytest.mark.parametrize("body", ["text", {"id": "evt_1"}, None])
def test_a_body_that_is_not_the_raw_bytes_is_the_programs_mistake(body):
    with pytest.raises(TypeError, match="raw bytes"):
        verified(body)


@pytest.mark.parametrize("make", [bytearray, memoryview])
def test_bytes_may_come_in_any_form(make):
    assert verified(make(BODY)).id == "evt_1"


# ----------------------------------------------------------------------- time


@pytest.mark.parametrize("off", [-300, -1, 0, 1, 300])
def test_within_the_tolerance_it_is_fresh(off):
    assert verified(now=NOW + off).id == "evt_1"


@pytest.mark.parametrize(
    ("off", "says"),
    [(301, "301 s ago"), (-301, "301 s in the future"), (10**9, "1000000000 s ago")],
)
def test_beyond_it_is_stale_in_either_direction(off, says):
    with pytest.raises(errors.StaleEvent, match=says) as caught:
        verified(now=NOW + off)
    assert (caught.value.age, caught.value.tolerance) == (off, 300)


def test_the_tolerance_can_be_chosen():
    assert verified(now=NOW + 900, tolerance=900).id == "evt_1"
    with pytest.raises(errors.StaleEvent):
        verified(now=NOW + 1, tolerance=0)


def test_a_tolerance_that_is_no_number_lets_nothing_through():
    with pytest.raises(errors.StaleEvent):
        verified(tolerance=float("nan"))


def test_the_clock_of_the_machine_is_used_by_default():
    assert webhooks.verify(BODY, webhooks.sign(BODY, SECRET), SECRET).id == "evt_1"
    with pytest.raises(errors.StaleEvent):
        webhooks.verify(BODY, webhooks.sign(BODY, SECRET, timestamp=1_000_000_000), SECRET)


# ----------------------------------------------------------------------- headers in any form


def message():
    made = Message()
    for name, value in HEADERS.items():
        made[name] = value
    return made


FORMS = {
    "lower case": {name.lower(): value for name, value in HEADERS.items()},
    "upper case": {name.upper(): value for name, value in HEADERS.items()},
    "pairs": list(HEADERS.items()),
    "asgi": [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()],
    "asgi as lists": [[name.lower().encode(), value.encode()] for name, value in HEADERS.items()],
    "bytes": {name.encode(): value.encode() for name, value in HEADERS.items()},
    "lists of values": {name: [value] for name, value in HEADERS.items()},
    "padded": {name: f" {value}\t" for name, value in HEADERS.items()},
    "http.client": http.client.parse_headers(
        io.BytesIO("".join(f"{k}: {v}\r\n" for k, v in HEADERS.items()).encode() + b"\r\n")
    ),
    "email": message(),
    "wsgi environ": {
        "wsgi.version": (1, 0),
        "wsgi.input": io.BytesIO(),
        "CONTENT_TYPE": "application/json",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in HEADERS.items()},
    },
}


@pytest.mark.parametrize("headers", FORMS.values(), ids=FORMS)
def test_headers_are_read_in_any_form(headers):
    assert verified(headers=headers).id == "evt_1"


def test_the_headers_of_frameworks_are_read():
    starlette = pytest.importorskip("starlette.datastructures")
    assert verified(headers=starlette.Headers(HEADERS)).id == "evt_1"
    werkzeug = pytest.importorskip("werkzeug.datastructures")
    assert verified(headers=werkzeug.Headers(HEADERS)).id == "evt_1"
    assert verified(headers=werkzeug.EnvironHeaders(FORMS["wsgi environ"])).id == "evt_1"


def test_the_headers_of_django_are_read():
    request = pytest.importorskip("django.http.request")
    assert verified(headers=request.HttpHeaders(FORMS["wsgi environ"])).id == "evt_1"


@pytest.mark.parametrize("headers", [None, "X-Webhook-Signature: x", 5, ["abc"], [("a", "b", "c")]])
def test_headers_in_no_form_are_the_programs_mistake(headers):
    with pytest.raises(TypeError, match="headers"):
        verified(headers=headers)


def without(name):
    return {key: value for key, value in HEADERS.items() if key != name}


def test_without_a_signature_it_may_be_the_webhook_of_a_job():
    with pytest.raises(errors.UnsignedDelivery, match=r"webhooks\.receive"):
        verified(headers=without("X-Webhook-Signature"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Webhook-Timestamp", None),
        ("X-Webhook-Timestamp", ""),
        ("X-Webhook-Timestamp", "-5"),
        ("X-Webhook-Timestamp", "1772439361.0"),
        ("X-Webhook-Timestamp", "٣"),
        ("X-Webhook-Timestamp", "9" * 13),
        ("X-Webhook-Timestamp", "9" * 5000),
        ("X-Webhook-Timestamp", NOW),
        ("X-Webhook-Signature", ""),
        ("X-Webhook-Signature", "sha256="),
        ("X-Webhook-Signature", SIGNATURE.removeprefix("sha256=")),
        ("X-Webhook-Signature", SIGNATURE.replace("sha256", "sha1")),
        ("X-Webhook-Signature", SIGNATURE.upper().replace("SHA", "sha")),
        ("X-Webhook-Signature", SIGNATURE + "0"),
        ("X-Webhook-Signature", SIGNATURE + "\n"),
        ("X-Webhook-Signature", f"{SIGNATURE}, {SIGNATURE}"),
        ("X-Webhook-Signature", [SIGNATURE, SIGNATURE]),
        ("X-Webhook-Signature", "sha256=ü" + "0" * 63),
        ("X-Webhook-Signature", b"sha256=\xff" + b"0" * 63),
        ("X-Webhook-Signature", "s" * 10_000_000),
        ("X-Webhook-Signature", SIGNATURE + " " * 10_000),
        ("X-Webhook-Signature", None),
    ],
)
def test_what_the_api_never_sends_is_malformed(name, value):
    headers = without(name) if value is None else {**HEADERS, name: value}
    expected = (
        errors.UnsignedDelivery
        if (name, value) == ("X-Webhook-Signature", None)
        else errors.MalformedDelivery
    )
    with pytest.raises(expected, match=name) as caught:
        verified(headers=headers)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("name", ["X-Webhook-Signature", "X-Webhook-Timestamp"])
def test_a_header_that_is_repeated_is_malformed_even_if_both_are_right(name):
    twice = [*HEADERS.items(), (name.lower(), HEADERS[name])]
    with pytest.raises(errors.MalformedDelivery, match="2 times") as caught:
        verified(headers=twice)
    assert caught.value.header == name


def test_headers_that_do_not_matter_do_not_matter():
    more = [("Cookie", "a"), ("Cookie", "b"), ("X-Ünï", "ü" * 9999), (b"\xff", b"\xff"), (5, None)]
    assert verified(headers=[*more, *HEADERS.items()]).id == "evt_1"


# ----------------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    ("body", "path", "says"),
    [
        (b"", "$", "not JSON"),
        (b"\xff", "$", "UTF-8"),
        (b"{", "$", "line 1"),
        (b"[]", "$", "expected an object"),
        (b"[" * 100_000, "$", "nested too deeply"),
        (b'{"a":NaN}', "$", "NaN"),
        (b'{"a":' + b"9" * 5000 + b"}", "$", "not JSON"),
        ("{}".encode("utf-16"), "$", "UTF-8"),
        (BODY.replace(b'"evt_1"', b"1"), "$.id", "expected a string, got the number 1"),
        (BODY.replace(b'"task_1"', b"null"), "$.data.task.id", "got null"),
        (BODY.replace(b'"duration": 4', b'"duration": "4"'), "$.data.task.result[0].duration", "4"),
        (BODY.replace(b'"data"', b'"date"'), "$.data", "missing"),
    ],
)
def test_a_genuine_body_that_is_no_event_is_unreadable_at_a_place(body, path, says):
    with pytest.raises(errors.UnreadableEvent, match=says) as caught:
        verified(body, resigned(body))
    assert caught.value.path == path
    with pytest.raises(errors.UnreadableEvent):
        webhooks.parse_unverified(body)


def test_new_types_and_fields_are_no_trouble():
    body = webhooks.event_body("task.paused", status="paused", surprise={"a": [1]})
    event = verified(body, resigned(body))
    assert (event.type, event.data.task.status) == ("task.paused", "paused")


def test_parse_unverified_reads_what_nobody_has_signed():
    assert webhooks.parse_unverified(BODY).data.task.id == "task_1"


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.deferred(
    lambda: LEAVES | st.lists(JSON, max_size=3) | st.dictionaries(st.text(), JSON, max_size=3)
)


@st.composite
def mangled_events(draw):
    """An event with one member, anywhere, replaced by something else."""
    event = json.loads(BODY)
    place = event
    while True:
        key = draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        if not (isinstance(place[key], (dict, list)) and place[key] and draw(st.booleans())):
            break
        place = place[key]
    place[key] = draw(JSON)
    return json.dumps(event).encode()


@settings(deadline=None)
@given(st.binary() | mangled_events() | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_body_makes_anything_but_an_event_or_a_webhook_error(body):
    try:
        event = verified(body, resigned(body))
    except webhooks.WebhookError:
        return
    assert isinstance(event.data.task.id, str)


NAMES = st.sampled_from([*HEADERS, *map(str.lower, HEADERS), *FORMS["wsgi environ"]]) | st.text()
VALUES = (
    st.sampled_from([*HEADERS.values(), str(NOW), "sha256=" + "0" * 64])
    | st.text()
    | st.binary()
    | st.none()
    | st.integers()
    | st.lists(st.text(), max_size=3)
)
PAIRS = st.tuples(NAMES, VALUES) | st.tuples(
    NAMES.map(lambda n: n.encode("utf-8", "replace")), VALUES
)


@settings(deadline=None)
@given(st.lists(PAIRS, max_size=6) | st.dictionaries(NAMES, VALUES, max_size=6), st.booleans())
def test_no_headers_make_anything_but_an_event_or_a_webhook_error(headers, with_genuine):
    if with_genuine:
        genuine = list(HEADERS.items())
        headers = genuine + (list(headers.items()) if isinstance(headers, dict) else headers)
    try:
        event = verified(headers=headers)
    except webhooks.WebhookError:
        return
    assert event.id == "evt_1"


# ----------------------------------------------------------------------- helpers for users' tests


def test_sign_takes_the_event_id_from_the_body_unless_told():
    assert webhooks.sign(BODY, SECRET)["X-Webhook-ID"] == "evt_1"
    assert webhooks.sign(BODY, SECRET, event_id="evt_2")["X-Webhook-ID"] == "evt_2"
    assert "X-Webhook-ID" not in webhooks.sign(b"not json", SECRET)


@settings(deadline=None)
@given(
    st.binary(), st.text(min_size=1).filter(str.strip) | st.binary(min_size=1).filter(bytes.strip)
)
def test_whatever_is_signed_passes_the_check_of_its_signature(body, secret):
    with pytest.raises(errors.UnreadableEvent):
        verified(body + b"{", webhooks.sign(body + b"{", secret, timestamp=NOW), secret)


@pytest.mark.parametrize("type_", ["task.completed", "task.failed"])
def test_sample_bodies_are_events_like_the_apis(type_):
    first, second = (webhooks.parse_unverified(webhooks.event_body(type_)) for _ in range(2))
    assert first.id != second.id
    assert first.data.task.id != second.data.task.id
    task = first.data.task
    assert (task.status, task.error is None) == (
        ("failed", False) if type_ == "task.failed" else ("succeeded", True)
    )
    assert (task.result is None) == (type_ == "task.failed")


def test_sample_bodies_take_what_matters_to_a_test():
    body = webhooks.event_body(event_id="evt_9", id="task_9", metadata={"order": 7}, model="m")
    event = webhooks.parse_unverified(body)
    assert (event.id, event.data.task.id, event.data.task.model) == ("evt_9", "task_9", "m")
    assert event.data.task.metadata == {"order": 7}


# ----------------------------------------------------------------------- the errors


ERRORS = [
    errors.MalformedDelivery("the header X is odd; refuse it", header="X"),
    errors.UnsignedDelivery(),
    errors.SignatureMismatch(2),
    errors.StaleEvent(age=-400, tolerance=300),
    errors.UnreadableEvent("it is no JSON", path="$"),
    errors.ReplayedEvent("evt_1", finished=True),
    errors.UnconfirmedEvent("the API does not know it"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_have_one_root_survive_pickling_and_say_what_to_do(error):
    assert isinstance(error, webhooks.WebhookError)
    assert isinstance(error, ModelHunterError)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
    assert any(word in str(error) for word in ("efuse", "answer", "Hand over"))


def test_every_error_is_tested_above():
    defined = {cls for cls in vars(errors).values() if isinstance(cls, type)}
    kinds = {cls for cls in defined if issubclass(cls, errors.WebhookError)}
    assert {type(error) for error in ERRORS} == kinds - {errors.WebhookError}
    assert {cls.__name__ for cls in kinds} <= set(webhooks.__all__)
