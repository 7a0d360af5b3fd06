"""What tools print of objects, and of the frames of constructors that failed, holds no secret."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime

import pytest

from modelhunter import AsyncModelHunter, ModelHunter, UploadedFile, webhooks
from modelhunter.api.models import ApiKey, File, ResultItem, UploadTicket, Webhook
from modelhunter.errors import ConfigurationError
from modelhunter.runtime import auth, client
from modelhunter.runtime.message import Secret, SecretBytes, unseen

SECRET = "5ecret-of-mine"
LINK = f"https://storage.example/a.png?signature={SECRET}"
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made", "attribute"),
    [
        (Webhook(id="1", url="https://x", events=[], secret=SECRET, created_at=NOW), "secret"),
        (ApiKey(key=SECRET, id="1", name="n"), "key"),
        (ResultItem(url=LINK), "url"),
        (File(id="1", url=LINK), "url"),
        (UploadTicket(upload_url=LINK, file_id="1"), "upload_url"),
        (UploadedFile("1", LINK), "url"),
        (auth.bearer(SECRET), "value"),
        (auth.basic("me", SECRET), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_model_shows_no_secret_and_has_it(made, attribute):
    assert SECRET not in repr(made)
    assert attribute is None or SECRET in getattr(made, attribute)


def test_what_has_no_secret_yet_says_so():
    assert "key=None" in repr(ApiKey())
    assert "url='https://storage.example/a.png'," in repr(ResultItem(url=LINK.partition("?")[0]))


@pytest.mark.parametrize("secrets", [SECRET, SECRET.encode(), [SECRET], (SECRET, b"other")])
def test_what_takes_webhooks_shows_no_secret(secrets):
    assert SECRET not in repr(webhooks.asgi(print, secrets=secrets))
    assert SECRET not in repr(webhooks.wsgi(print, secrets=secrets))
    with webhooks.Receiver(secrets=secrets) as receiver:
        assert SECRET not in repr(receiver)
        assert SECRET not in repr(vars(receiver))


def test_secrets_are_hidden_also_in_part():
    assert SECRET not in repr(unseen([SECRET, (SECRET.encode(), 5, None)]))
    assert unseen([SECRET, (SECRET.encode(), 5, None)]) == [SECRET, (SECRET.encode(), 5, None)]
    assert isinstance(Secret(SECRET)[:5], Secret)
    assert isinstance(unseen(SECRET.encode()), SecretBytes)


URL = f"https://me:{SECRET}@api.example"
FAILING = {
    "no address": lambda: ModelHunter(SECRET, base_url="nonsense"),
    "in the open": lambda: ModelHunter(SECRET, base_url="http://api.example"),
    "no key": lambda: ModelHunter(f"{SECRET} \n x"),
    "no budget": lambda: ModelHunter(SECRET, budget="much"),
    "no polling": lambda: ModelHunter(SECRET, polling=5),  # type: ignore[arg-type]
    "no timeout": lambda: ModelHunter(SECRET, timeout=-1),
    "async": lambda: AsyncModelHunter(SECRET, base_url="nonsense"),
    "sandbox": lambda: ModelHunter(SECRET, sandbox=True),
    "user in the address": lambda: ModelHunter("sk", base_url=URL),
    "user in no address": lambda: ModelHunter("sk", base_url=URL.replace("https", "htps")),
    "key in the address": lambda: ModelHunter("sk", base_url=f"https://api.example?key={SECRET}"),
    "any API": lambda: client.Client("nonsense", auth=auth.bearer(SECRET)),
    "any API, user": lambda: client.Client(URL),
    "bearer": lambda: auth.bearer(f"{SECRET}\n"[:-1] + "\x00"),
    "basic": lambda: auth.basic("a:b", SECRET),
    "credential": lambda: auth.Credential("header", "X", f"{SECRET}\n"),
    "asgi": lambda: webhooks.asgi(print, secrets=[SECRET, ""]),
    "wsgi": lambda: webhooks.wsgi(print, secrets=[SECRET, ""]),
    "receiver": lambda: webhooks.Receiver("no.such.host.invalid", secrets=SECRET),
    "verify": lambda: webhooks.verify(b"", {}, [SECRET]),
    "sign": lambda: webhooks.sign("text", SECRET),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("fail", FAILING.values(), ids=FAILING.keys())
def test_a_constructor_that_failed_leaves_no_secret_in_its_frames(fail, registry):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each in its own way
        fail()
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    own = [frame for frame in shown.stack if "/modelhunter/" in frame.filename]
    assert own, "it failed elsewhere"
    assert SECRET not in str([frame.locals for frame in own])
    assert SECRET not in str(caught.value)


def test_the_key_of_the_shell_is_not_shown_either(monkeypatch):
    monkeypatch.setenv("MODELHUNTER_KEY", f"{SECRET} with a space")
    with pytest.raises(ConfigurationError) as caught:
        ModelHunter()
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert SECRET not in "".join(shown.format())
