"""An application, or another plugin, adds aliases and prices to somebody else's provider."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from modelhunter import ModelHunter, PluginError
from modelhunter.errors import UnknownModel
from modelhunter.plugins import (
    Capability,
    Field,
    Model,
    ModelChange,
    Output,
    Price,
    Provider,
    Registry,
    hookimpl,
    standard_call,
)
from modelhunter.sandbox import Sandbox


def price(amount):
    one = Decimal(amount)
    return Price(unit="image", low=one, high=one, as_of=date(2026, 11, 1))


CAPABILITY = Capability(
    name="make",
    fields=(Field(name="prompt", type="string", required=True),),
    output=Output(media="image"),
    call=standard_call("acme", "make"),
)
ONE = Model(id="acme-1", capabilities=(CAPABILITY,), aliases=("acme",), price=price("1"))
TWO = Model(id="acme-2", capabilities=(CAPABILITY,))


class Acme:
    @hookimpl
    def modelhunter_provider(self):
        return Provider(name="acme", models=(ONE, TWO))


class Changes:
    def __init__(self, *changes, act=None):
        self.changes, self.act = changes, act

    @hookimpl
    def modelhunter_changes(self, provider):
        if self.act is not None:
            return self.act()
        return self.changes if provider == "acme" else ()


@pytest.fixture
def registry():
    made = Registry(list, environment={})
    made.register(Acme(), name="acme")
    return made


def test_an_application_adds_an_alias_and_a_price(registry):
    registry.override("acme", ModelChange("acme-1", aliases=("house",), price=price("3")))
    registry.override("acme", ModelChange("acme-2", price=price("5")))
    owner, model = registry.model("house")
    assert model is registry.model("acme-1")[1] is registry.model("acme")[1]
    assert (owner.name, model.aliases, model.price) == ("acme", ("acme", "house"), price("3"))
    assert registry.provider("acme").models == tuple(one for _, one in registry.models())
    assert registry.model("acme-2")[1].price == price("5")
    assert (ONE.price, TWO.price) == (price("1"), None)


def test_it_is_said_by_whom(registry):
    registry.register(Changes(ModelChange("acme", ("house",), price("3"))), name="rates")
    assert registry.notes("house") == (
        "called house by plugin rates (registered by the application)",
        "priced by plugin rates (registered by the application)",
    )
    assert registry.notes("acme-2") == ()


def test_the_sandbox_charges_it(registry):
    registry.override("acme", ModelChange("acme-1", aliases=("house",), price=price("3")))
    with (
        Sandbox(speed=float("inf"), media="tiny", registry=registry) as sandbox,
        ModelHunter(sandbox=sandbox, registry=registry) as client,
    ):
        assert client.estimate("house").low == 3
        task = client.generate("house", prompt="x")
        assert (task.model, task.cost) == ("acme-1", 3)


def test_the_last_word_is_the_applications(registry):
    for amount in ("3", "4"):
        registry.override("acme", ModelChange("acme-1", price=price(amount)))
    assert registry.model("acme-1")[1].price == price("4")
    assert len(registry.notes("acme-1")) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (ModelChange("acme-3"), "changes 'acme-3', which is no model of acme; did you mean"),
        (ModelChange("acme-1", aliases=("acme-2",)), "the name 'acme-2' stands for two models"),
        (
            ModelChange("acme-1", price=evolve(price("2"), high=Decimal(1))),
            "low 2 and high 1 are no range",
        ),
    ],
)
def test_what_can_not_be_right_is_refused(registry, change, said):
    with pytest.raises(PluginError, match=said):
        registry.override("acme", change)
    assert registry.model("acme-1")[1] is ONE


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: 1 // 0, "modelhunter_changes failed: ZeroDivisionError"),
        (lambda: "acme-1", "returned str where ModelChanges belong"),
        (lambda: [TWO], "returned Model where ModelChanges belong"),
        (lambda: [ModelChange("acme-1", price=3)], "its price of acme-1 is 3, not a Price"),
        (lambda: [ModelChange(7)], "a change of 7 has no model"),
        (lambda: [ModelChange("acme-1", aliases="x")], "or odd aliases"),
    ],
)
def test_a_plugin_that_fails_at_it_changes_nothing_and_stops_nobody(registry, caplog, act, said):
    registry.register(Changes(act=act), name="rates")
    assert registry.model("acme-1")[1] is ONE
    assert said in caplog.text
    (info,) = [one for one in registry.plugins(load=True) if one.name == "rates"]
    assert info.state == "failed"
    assert said in info.error


def test_a_hook_that_asks_for_what_it_changes_finds_it_unchanged(registry):
    def act():
        assert registry.model("acme-1")[1] is ONE
        return [ModelChange("acme-1", aliases=("house",))]

    registry.register(Changes(act=act), name="rates")
    assert registry.model("house")[1].id == "acme-1"


MODULE = """
from datetime import date
from decimal import Decimal

from modelhunter.plugins import ModelChange, Price, hookimpl

AMOUNT = Decimal("9")
PRICE = Price(unit="video", low=AMOUNT, high=AMOUNT, as_of=date(2026, 11, 1))


@hookimpl
def modelhunter_changes(provider):
    return [ModelChange("viduq3-turbo", aliases=("house-film",), price=PRICE)]
"""


@pytest.fixture
def installed(tmp_path):
    for name in ("rates", "others"):
        (tmp_path / f"case_{name}.py").write_text(MODULE)
        info = tmp_path / f"case_{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: case-{name}\nVersion: 1\n")
        entries = f"[modelhunter.overrides]\nvidu = case_{name}\n"
        if name == "rates":
            entries += f"[modelhunter.models]\nhouse-film = case_{name}\n"
        (info / "entry_points.txt").write_text(entries)
    return tmp_path


def run(folder, *words, **settings):
    done = subprocess.run(
        [sys.executable, "-m", "modelhunter", *words],
        env={**os.environ, "PYTHONPATH": str(folder), **settings},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout


def test_an_installed_plugin_changes_it_too(installed):
    """Of two that change one price the first counts, and the other is said to have failed."""
    shown = json.loads(run(installed, "models", "show", "viduq3-turbo", "--json"))
    assert shown["price"]["low"] == 9
    others = "case-others" in str(shown["changes"])
    assert others is not ("case-rates" in str(shown["changes"]))
    states = {one["distribution"]: one for one in json.loads(run(installed, "plugins", "--json"))}
    found = {
        name: (states[name]["kind"], states[name]["state"])
        for name in ("case-rates", "case-others")
    }
    assert sorted(found.values()) == [("override", "failed"), ("override", "loaded")]


def test_it_is_found_by_the_alias_and_can_be_turned_off(installed):
    off = {"MODELHUNTER_DISABLE_PLUGINS": "case-others"}
    text = run(installed, "models", "show", "house-film", **off)
    assert "viduq3-turbo" in text
    assert "It is called house-film by plugin case-rates 1 (entry point house-film" in text
    off = {"MODELHUNTER_DISABLE_PLUGINS": "case-others,case-rates"}
    shown = json.loads(run(installed, "models", "show", "viduq3-turbo", "--json", **off))
    assert shown["changes"] == []


def test_an_alias_of_one_that_is_turned_off_is_unknown(registry):
    with pytest.raises(UnknownModel):
        registry.model("house")
