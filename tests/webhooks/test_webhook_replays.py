"""Each event once, unless dealing with it failed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from modelhunter import webhooks


def test_an_event_is_accepted_once(delivery, secret, now):
    seen = webhooks.ReplayGuard()
    again = (delivery.body, delivery.headers, secret)
    assert webhooks.verify(*again, now=now, seen=seen).id == "evt_1"
    with pytest.raises(webhooks.ReplayedEvent, match=r"evt_1 is being dealt with.*503") as caught:
        webhooks.verify(*again, now=now, seen=seen)
    assert caught.value.finished is False
    seen.finish("evt_1")
    with pytest.raises(webhooks.ReplayedEvent, match=r"evt_1 was dealt with.*200") as caught:
        webhooks.verify(*again, now=now, seen=seen)
    assert caught.value.finished is True


def test_an_event_that_failed_may_come_again(delivery, secret, now):
    seen = webhooks.ReplayGuard()
    for _ in range(3):
        event = webhooks.verify(delivery.body, delivery.headers, secret, now=now, seen=seen)
        seen.release(event.id)


def test_what_counts_is_the_signed_id_and_not_the_header(delivery, secret, now):
    seen = webhooks.ReplayGuard()
    webhooks.verify(delivery.body, delivery.headers, secret, now=now, seen=seen)
    relabelled = {**delivery.headers, "X-Webhook-ID": "evt_other"}
    with pytest.raises(webhooks.ReplayedEvent):
        webhooks.verify(delivery.body, relabelled, secret, now=now, seen=seen)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"X-Webhook-Signature": "sha256=" + "0" * 64}, webhooks.SignatureMismatch),
        ({"X-Webhook-Timestamp": "1"}, webhooks.SignatureMismatch),
    ],
)
def test_a_forgery_takes_no_place_of_the_genuine_event(delivery, secret, now, wrong, error):
    seen = webhooks.ReplayGuard()
    with pytest.raises(error):
        webhooks.verify(delivery.body, {**delivery.headers, **wrong}, secret, now=now, seen=seen)
    assert len(seen) == 0
    assert webhooks.verify(delivery.body, delivery.headers, secret, now=now, seen=seen)


def test_of_many_threads_one_gets_the_event():
    guard = webhooks.ReplayGuard()
    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(lambda n: guard.claim(f"evt_{n % 50}"), range(2000)))
    assert states.count("new") == 50
    assert states.count("running") == 1950


def test_a_guard_needs_room():
    with pytest.raises(ValueError, match="1 or more"):
        webhooks.ReplayGuard(0)


class GuardAgainstModel(RuleBasedStateMachine):
    """The guard is a dict of the last few events that were claimed or finished."""

    SIZE = 3

    def __init__(self):
        super().__init__()
        self.guard = webhooks.ReplayGuard(self.SIZE)
        self.known = {}

    ids = st.sampled_from("abcde")

    def note(self, id_, state):
        self.known.pop(id_, None)
        self.known[id_] = state
        for oldest in list(self.known)[: -self.SIZE]:
            del self.known[oldest]

    @rule(id_=ids)
    def claim(self, id_):
        assert self.guard.claim(id_) == self.known.get(id_, "new")
        if id_ not in self.known:
            self.note(id_, "running")

    @rule(id_=ids)
    def finish(self, id_):
        self.guard.finish(id_)
        self.note(id_, "finished")

    @rule(id_=ids)
    def release(self, id_):
        self.guard.release(id_)
        self.known.pop(id_, None)

    @invariant()
    def it_is_bounded(self):
        assert len(self.guard) == len(self.known) <= self.SIZE


TestGuard = GuardAgainstModel.TestCase
TestGuard.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
