"""What a request needs: a key that may, a body that fits, money that is there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modelhunter.sandbox import ManualClock


def refused(answer):
    """Status, code and field of an answer that refuses."""
    document = answer.json()
    assert document["success"] is False
    assert answer.headers["X-Request-ID"]
    error = document["error"]
    return answer.status, error["code"], error.get("details", {}).get("field")


# --------------------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "AUTH_REQUIRED"),
        ("Bearer river_test_nobody", "AUTH_INVALID_TOKEN"),
        ("Basic dXNlcjpwYXNz", "AUTH_INVALID_TOKEN"),
        ("Bearer", "AUTH_INVALID_TOKEN"),
    ],
)
def test_requests_without_a_good_key(api, header, code):
    headers = {} if header is None else {"Authorization": header}
    answer = api.http.request("GET", f"{api.sandbox.url}/api/v1/balance", headers=headers)
    assert refused(answer) == (401, code, None)


def test_a_key_past_its_date(start):
    clock = ManualClock(0)
    api = start(clock=clock)
    key = api.sandbox.create_key(expires_at="1970-01-01T00:01:00Z")
    assert api.send("GET", "/balance", key=key).status == 200
    clock.advance(60)
    assert refused(api.send("GET", "/balance", key=key)) == (401, "AUTH_TOKEN_EXPIRED", None)


def test_a_key_that_was_deleted(api):
    made = api.send("POST", "/api-keys", {"name": "ci"}).json()["data"]
    assert made["key"].startswith("river_test_")
    assert len(made["key"]) == len("river_test_") + 32
    assert api.send("DELETE", f"/api-keys/{made['id']}").json()["success"] is True
    assert refused(api.send("GET", "/balance", key=made["key"])) == (403, "KEY_REVOKED", None)
    assert refused(api.send("DELETE", f"/api-keys/{made['id']}")) == (404, "NOT_FOUND", None)


def test_permissions_limit_what_a_key_may_create(api):
    key = api.sandbox.create_key(permissions={"image:create": True, "video:create": False})
    answer = api.send("POST", "/acme/text-to-video", VIDEO, key=key)
    assert refused(answer) == (403, "KEY_PERMISSION_DENIED", None)
    assert api.send("POST", "/acme/text-to-image", IMAGE, key=key).status == 202
    assert api.send("GET", "/tasks", key=key).status == 200


@pytest.mark.parametrize(
    ("addresses", "status"),
    [(["127.0.0.1"], 200), (["10.0.0.0/8", "127.0.0.0/8"], 200), (["203.0.113.7"], 403)],
)
def test_a_key_bound_to_addresses(api, addresses, status):
    key = api.sandbox.create_key(ip_whitelist=addresses)
    answer = api.send("GET", "/balance", key=key)
    assert answer.status == status
    if status == 403:
        assert refused(answer) == (403, "FORBIDDEN", None)


def test_a_key_with_a_spending_limit_gets_refunds_back(start):
    api = start(speed=1)
    body = {"name": "capped", "spendLimit": 0.5}
    key = api.send("POST", "/api-keys", body).json()["data"]["key"]
    first = api.send("POST", "/acme/text-to-video", VIDEO, key=key)
    second = api.send("POST", "/acme/text-to-video", VIDEO, key=key)
    assert refused(second) == (402, "SPEND_LIMIT_EXCEEDED", None)
    api.send("DELETE", f"/tasks/{first.json()['data']['id']}")
    assert api.send("POST", "/acme/text-to-video", VIDEO, key=key).status == 202


def test_what_the_creation_of_a_key_answers(api):
    body = {
        "name": "nightly",
        "spendLimit": 50,
        "expiresAt": "2030-01-01T00:00:00Z",
        "permissions": {"video:create": True},
        "ipWhitelist": ["127.0.0.1"],
    }
    data = api.send("POST", "/api-keys", body).json()["data"]
    assert {name: data[name] for name in body} == body


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "name"), ({"name": "x", "spendLimit": -1}, "spendLimit"), ({"name": 1}, "name")],
)
def test_keys_that_can_not_be_made(api, body, field):
    assert refused(api.send("POST", "/api-keys", body))[2] == field


def test_an_expiry_that_is_no_time(api):
    answer = api.send("POST", "/api-keys", {"name": "x", "expiresAt": "soon"})
    assert refused(answer) == (400, "INVALID_PARAMETER", "expiresAt")


# --------------------------------------------------------------------------- money

VIDEO = {"model": "acme-video", "input": {"prompt": "a cat"}}
IMAGE = {"model": "acme/image", "input": {"prompt": "a cat"}}


def test_the_balance(api):
    assert api.send("GET", "/balance").json()["data"] == {
        "balance": 100.0,
        "billingMode": "prepaid",
        "monthlySpendLimit": None,
        "autoTopUpEnabled": False,
        "autoTopUpThreshold": None,
        "autoTopUpAmount": None,
    }


@pytest.mark.parametrize(
    ("inputs", "cost"),
    [
        ({}, "0.50"),
        ({"duration": 10}, "1.00"),
        ({"duration": 10, "mode": "pro"}, "3.00"),
        ({"duration": 10, "off_peak": True}, "0.50"),
    ],
)
def test_a_task_costs_what_the_catalogue_says(api, inputs, cost):
    api.task_id(input={"prompt": "a cat", **inputs})
    assert api.sandbox.balance == 100 - Decimal(cost)


def test_no_money_no_task(start):
    api = start(balance=Decimal("0.99"))
    assert api.submit().status == 202
    assert refused(api.submit()) == (402, "INSUFFICIENT_BALANCE", None)
    assert api.sandbox.balance == Decimal("0.49")
    assert api.send("GET", "/tasks").json()["pagination"]["total"] == 1
    api.sandbox.balance = Decimal(10)
    assert api.submit().status == 202


# --------------------------------------------------------------------------- where to


@pytest.mark.parametrize(
    ("path", "model", "expected"),
    [
        ("nobody/text-to-video", "acme-video", (404, "PROVIDER_NOT_FOUND", None)),
        ("acme/text-to-smell", "acme-video", (404, "NOT_FOUND", None)),
        ("acme/text-to-video", "acme-vido", (404, "MODEL_NOT_FOUND", None)),
        ("acme/text-to-image", "acme-video", (400, "INVALID_PARAMETER", "model")),
    ],
)
def test_jobs_for_what_is_not_there(api, path, model, expected):
    assert refused(api.submit(path, model)) == expected


def test_an_alias_names_the_model(api):
    assert api.submit(model="acme-latest").json()["data"]["model"] == "acme-video"


# --------------------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "MISSING_PARAMETER", "model")),
        ({"model": "acme-video"}, (400, "MISSING_PARAMETER", "input")),
        ({"model": 3, "input": {}}, (400, "INVALID_PARAMETER", "model")),
        ({"model": "acme-video", "input": []}, (400, "INVALID_PARAMETER", "input")),
        ({**VIDEO, "metadata": "x"}, (400, "INVALID_PARAMETER", "metadata")),
        ({**VIDEO, "webhookUrl": "nowhere"}, (400, "INVALID_PARAMETER", "webhookUrl")),
        ([], (400, "INVALID_PARAMETER", "body")),
    ],
)
def test_the_frame_of_a_job(api, body, expected):
    assert refused(api.send("POST", "/acme/text-to-video", body)) == expected


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, (400, "MISSING_PARAMETER", "prompt")),
        ({"prompt": 1}, (400, "INVALID_PARAMETER", "prompt")),
        ({"prompt": "x" * 2001}, (400, "INVALID_PARAMETER", "prompt")),
        ({"prompt": "x", "duration": 17}, (400, "INVALID_PARAMETER", "duration")),
        ({"prompt": "x", "duration": True}, (400, "INVALID_PARAMETER", "duration")),
        ({"prompt": "x", "mode": "best"}, (400, "INVALID_PARAMETER", "mode")),
        ({"prompt": "x", "durations": 5}, (400, "VALIDATION_ERROR", "durations")),
    ],
)
def test_inputs_checked_by_the_fields_of_a_capability(api, inputs, expected):
    assert refused(api.submit(input=inputs)) == expected


def test_a_rule_of_a_capability_is_worded_by_its_message(api):
    inputs = {"prompt": "x", "image": "https://example.com/a.png", "tail": "https://example.com/b"}
    answer = api.submit("acme/image-to-video", input=inputs)
    assert refused(answer) == (400, "MISSING_PARAMETER", "mode")
    assert answer.json()["error"]["details"]["reason"] == "tail needs mode=pro"
    assert api.submit("acme/image-to-video", input={**inputs, "mode": "pro"}).status == 202


@pytest.mark.parametrize(
    ("image", "taken"),
    [
        ("https://example.com/a.png?b=%20#c", True),
        ("data:image/png;base64,iVBORw0KGgo=", True),
        ("", False),
        ("not a url", False),
        ("cat.png", False),
        ("https://example.com/a b.png", False),
        ("https://example.com/\u00e9.png", False),
        ("https://example.com/%zz.png", False),
        ("https:", False),
    ],
)
def test_where_a_uri_is_described_it_has_to_be_one(start, image, taken):
    api = start(registry=None)
    inputs = {"prompt": "x", "image": image}
    answer = api.submit("vidu/image-to-video", model="viduq3-pro", input=inputs)
    assert answer.status == 202 if taken else refused(answer) == (400, "INVALID_PARAMETER", "image")


@pytest.mark.parametrize(
    "body", [{"name": "a", "spendLimit": None}, {"name": "a", "ipWhitelist": None}]
)
def test_in_a_request_nothing_is_null(api, body):
    assert refused(api.send("POST", "/api-keys", body))[:2] == (400, "INVALID_PARAMETER")


@pytest.mark.parametrize("query", ["startDate=", "limit=", "status=", "endDate=soon", "limit=1.5"])
def test_filters_that_say_nothing_are_refused(api, query):
    assert refused(api.send("GET", f"/tasks?{query}"))[:2] == (400, "INVALID_PARAMETER")


@pytest.mark.parametrize(
    ("inputs", "expected", "reason"),
    [
        ({"duration": 5}, (400, "MISSING_PARAMETER", "prompt"), "is required"),
        (
            {"prompt": "x", "duration": 6},
            (400, "INVALID_PARAMETER", "duration"),
            "acme-rules makes 5 or 10 seconds",
        ),
        (
            {"prompt": "x", "seed": 1},
            (400, "INVALID_PARAMETER", "seed"),
            "acme-rules makes 5 or 10 seconds",
        ),
        (
            {"prompt": "x", "sounds": ["a"]},
            (422, "VALIDATION_ERROR", "input"),
            "sounds needs an image beside it",
        ),
        (
            {"prompt": "x", "sounds": ["a"] * 4, "image": "b"},
            (400, "INVALID_PARAMETER", "sounds"),
            "must have at most 3 items",
        ),
        (
            {"prompt": "x", "sounds": ["a", 1], "image": "b"},
            (400, "INVALID_PARAMETER", "sounds.1"),
            "must be of type string",
        ),
        (
            {"prompt": "x", "other": 1},
            (400, "VALIDATION_ERROR", "other"),
            "is not known here",
        ),
    ],
)
def test_inputs_checked_by_a_request_schema(api, inputs, expected, reason):
    answer = api.submit("acme/rule-to-video", "acme-rules", input=inputs)
    assert refused(answer) == expected
    assert answer.json()["error"]["details"]["reason"] == reason


def test_inputs_that_fit_a_request_schema(api):
    inputs = {"prompt": "x", "duration": 10, "sounds": ["a"], "image": "b"}
    assert api.submit("acme/rule-to-video", "acme-rules", input=inputs).status == 202


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"model": NaN}',
        b'{"model": "acme-video", "input": {"prompt": "\\ud800"}}',
        b"[" * 100_000,
    ],
)
def test_bodies_that_are_not_json(api, text):
    answer = api.http.request(
        "POST",
        f"{api.sandbox.url}/api/v1/acme/text-to-video",
        headers={"Authorization": f"Bearer {api.sandbox.key}"},
        body=text,
    )
    assert refused(answer) == (400, "VALIDATION_ERROR", None)


def test_text_of_any_script_comes_back_as_it_was(api):
    metadata = {"名前": "naïve 😀", "nested": [{"a": None}]}
    id_ = api.task_id(input={"prompt": "猫が手を振る 😀"}, metadata=metadata)
    assert api.task(id_)["metadata"] == metadata
