"""Where a client's settings come from, and what it refuses."""

from __future__ import annotations

import asyncio
import pickle

import pytest

from modelhunter import AsyncModelHunter, ConfigurationError, ModelHunter
from modelhunter.client.settings import find_address, find_key, is_loopback
from modelhunter.errors import InsecureAddress, MissingKey
from modelhunter.jobs.polling import Polling
from modelhunter.runtime.session import Timeouts


@pytest.mark.parametrize("key", [None, "", " \n"])
def test_without_a_key_both_ways_on_are_named_by_the_first_call(key):
    with ModelHunter(key) as mh:
        with pytest.raises(MissingKey, match=r"getBalance: .*MODELHUNTER_KEY") as caught:
            mh.balance()
        with pytest.raises(MissingKey):
            mh.files.upload(b"\x89PNG\r\n\x1a\n", filename="x.png")
    assert "sandbox=True" in str(caught.value)


def test_without_a_key_the_async_client_says_the_same():
    async def call():
        async with AsyncModelHunter() as mh:
            await mh.tasks.get("task_1")

    with pytest.raises(MissingKey, match="MODELHUNTER_KEY"):
        asyncio.run(call())


def test_the_key_of_the_environment_is_used_and_an_argument_wins(monkeypatch):
    monkeypatch.setenv("MODELHUNTER_KEY", " river_test_env\n")
    assert find_key(None) == "river_test_env"
    assert find_key("river_test_arg") == "river_test_arg"


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "“quoted”", "\x00"])
def test_a_key_that_can_be_none_is_refused_without_being_shown(key):
    with pytest.raises(ConfigurationError) as caught:
        find_key(key)
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "origin", "path"),
    [
        (None, "https://api.modelhunter.ai", ""),
        ("https://proxy.example/mh/", "https://proxy.example", "/mh"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", ""),
        ("http://[::1]:8000/", "http://[::1]:8000", ""),
        ("http://localhost", "http://localhost", ""),
    ],
)
def test_addresses(address, origin, path):
    assert find_address(address, allow_http=False) == (origin, path)


@pytest.mark.parametrize(
    "address",
    ["api.modelhunter.ai", "ftp://api", "https://", "https://u:p@host", "https://host/?a=b", "x"],
)
def test_what_is_no_address(address):
    with pytest.raises(ConfigurationError):
        find_address(address, allow_http=True)


def test_the_key_is_not_sent_in_the_open_unless_that_is_wanted():
    with pytest.raises(ConfigurationError, match="unencrypted"):
        ModelHunter("river_test_x", base_url="http://api.example")
    ModelHunter("river_test_x", base_url="http://api.example", allow_http=True).close()


def test_an_address_of_the_environment_is_called_by_its_variable(monkeypatch):
    monkeypatch.setenv("MODELHUNTER_BASE_URL", "http://api.example")
    with pytest.raises(InsecureAddress, match=r"^MODELHUNTER_BASE_URL 'http") as caught:
        ModelHunter("river_test_x")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.address) == (str(caught.value), caught.value.address)


def test_loopback():
    assert is_loopback("127.9.9.9")
    assert is_loopback("app.localhost")
    assert not is_loopback("localhost.example")


def test_the_recommended_rhythm():
    rhythm = Polling()
    assert [rhythm.pause(s) for s in (0, 29.9, 30, 300)] == [2, 2, 5, 5]


def test_a_client_keeps_its_key_to_itself_and_does_not_pickle(mh):
    assert "secret" not in repr(mh)
    assert "secret" not in repr(mh.context)
    with pytest.raises(TypeError, match="make one in each process"):
        pickle.dumps(mh)


@pytest.mark.parametrize("budget", [-1, "much", float("nan"), float("inf")])
def test_a_budget_is_an_amount(budget):
    with pytest.raises(ConfigurationError, match="budget"):
        ModelHunter("river_test_x", budget=budget)


def test_a_sandbox_has_its_own_key():
    with pytest.raises(ConfigurationError, match="leave api_key"):
        ModelHunter("river_test_x", sandbox=True)


def test_a_closed_client_says_so(mh, api):
    mh.close()
    with pytest.raises(ConfigurationError, match="closed"):
        mh.balance()


def test_providers_are_attributes(mh):
    assert "acme" in dir(mh)
    assert dir(mh.acme) == ["image_to_video", "models", "text_to_video"]
    with pytest.raises(AttributeError, match="acme"):
        _ = mh.acmee
    with pytest.raises(AttributeError, match="image_to_video"):
        _ = mh.acme.text_to_music
    assert [model.id for model in mh.models("acme")] == ["acme-1", "acme/free"]


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf"), 1e300])
@pytest.mark.parametrize("limit", ["connect", "read", "total"])
def test_limits_that_can_not_be_kept(limit, wrong):
    if limit == "total" and wrong > 0:
        assert Timeouts(total=wrong).total == wrong
        return
    with pytest.raises(ConfigurationError, match=f"{limit} takes seconds"):
        Timeouts(**{limit: wrong})
