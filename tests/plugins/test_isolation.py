"""What goes wrong in one plugin, or in one observer, is its own affair and carries its name."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout

import pytest
from attrs import evolve

from modelhunter import ModelHunter
from modelhunter.errors import PluginError
from modelhunter.plugins import Price, Provider, Registry, hookimpl
from modelhunter.printable import STDOUT_IS_TAKEN

ASKS_FOR_ALL = """
@hookimpl
def modelhunter_provider():
    from throwaway_shared import REGISTRY
    found = list(REGISTRY[0].models())
    {more}
    return Provider(name={name!r}, models=(model({model!r}),))
"""


def asking(environment, name, more="pass"):
    """A plugin that asks for all models while it is loaded."""
    module = f"throwaway_asking_{name}"
    text = ASKS_FOR_ALL.format(name=name, model=f"{name}-1", more=more)
    environment.module(module, environment.head + text)
    environment.distribution(
        f"modelhunter-{name}", providers={name: module}, models={f"{name}-1": module}
    )


@pytest.fixture
def shared(environment):
    """A registry that the throw-away plugins can reach."""
    environment.module("throwaway_shared", "REGISTRY = []")
    registry = environment.registry()
    import throwaway_shared

    throwaway_shared.REGISTRY.append(registry)
    return registry


@pytest.mark.parametrize("first", ["aloop", "zloop"])
def test_a_plugin_that_asks_for_all_models_while_it_is_loaded_stops_nobody(
    environment, shared, first
):
    environment.plugin("healthy", "healthy-1")
    asking(environment, first)
    asking(environment, "mloop")

    states = {info.name: info.state for info in shared.plugins(load=True)}

    assert states == {"healthy": "loaded", first: "loaded", "mloop": "loaded"}
    assert {m.id for _, m in shared.models()} == {"healthy-1", f"{first}-1", "mloop-1"}


def test_what_failed_for_want_of_one_that_was_being_loaded_is_loaded_later(environment, shared):
    asking(environment, "first")
    asking(environment, "second", more="REGISTRY[0].model('first-1')")

    assert shared.model("first-1")[0].name == "first"
    assert shared.model("second-1")[0].name == "second"


def test_a_plugin_that_asks_for_itself_is_told_so(environment, shared):
    asking(environment, "selfish", more="REGISTRY[0].model('selfish-1')")

    with pytest.raises(PluginError, match=r"modelhunter-selfish.*still being loaded"):
        shared.model("selfish-1")


def test_what_a_plugin_prints_is_kept_out_of_a_result(environment):
    environment.plugin("chatty", "chatty-1", extra="\nprint('hello')\n")
    out, err = io.StringIO(), io.StringIO()
    taken = STDOUT_IS_TAKEN.set(True)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            environment.registry().model("chatty-1")
    finally:
        STDOUT_IS_TAKEN.reset(taken)

    assert (out.getvalue(), err.getvalue()) == ("", "hello\n")


def brought(make_capability, **changes):
    """A registry with one model whose capability is changed."""
    from modelhunter.plugins import Model

    model = Model(id="acme-1", capabilities=(evolve(make_capability(), **changes),))

    class Plugin:
        @hookimpl
        def modelhunter_provider(self):
            return Provider(name="acme", models=(model,))

    registry = Registry(list)
    registry.register(Plugin(), name="the-plugin")
    return registry


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"call": lambda submission: 1 / 0}, "division by zero. Nothing was sent"),
        ({"call": lambda submission: None}, "NoneType, not a Call"),
        ({"check": lambda inputs: 1 / 0}, "checking inputs"),
        ({"check": lambda inputs: ["no"]}, "where a Problem belongs"),
        ({"prepare": lambda inputs: None}, "preparing inputs"),
    ],
)
def test_a_function_that_fails_is_named_with_its_plugin(make_capability, changes, words):
    registry = brought(make_capability, **changes)

    with (
        ModelHunter("k", registry=registry, base_url="http://127.0.0.1:9") as client,
        pytest.raises(PluginError, match="the-plugin") as caught,
    ):
        client.submit("acme-1", prompt="x")

    assert words in str(caught.value)
    assert not getattr(caught.value, "__notes__", ())


@pytest.mark.parametrize(
    ("what", "changes", "words"),
    [
        ("provider", {"documentation": 7}, "documentation is 7, not text"),
        ("provider", {"backend": "x"}, "backend is 'x', not a Backend"),
        ("model", {"title": None}, "title is None, not text"),
        ("model", {"aliases": "acme"}, "aliases is 'acme', not a tuple of texts"),
        ("capability", {"call": 3}, "call is 3, not a function"),
        ("capability", {"typical_seconds": "3"}, "typical_seconds is '3', not a number"),
        ("field", {"maximum": "9"}, "maximum is '9', not a number"),
        ("field", {"min_length": 1.5}, "min_length is 1.5, not a whole number"),
    ],
)
def test_wrong_types_are_refused_when_the_plugin_is_loaded(make_provider, what, changes, words):
    provider = make_provider()
    model = provider.models[0]
    capability = model.capabilities[0]
    if what == "field":
        capability = evolve(capability, fields=(evolve(capability.fields[0], **changes),))
    elif what == "capability":
        capability = evolve(capability, **changes)
    model = evolve(model, capabilities=(capability,), **(changes if what == "model" else {}))
    provider = evolve(provider, models=(model,), **(changes if what == "provider" else {}))

    class Plugin:
        modelhunter_provider = staticmethod(hookimpl(lambda: provider))

    with pytest.raises(PluginError) as caught:
        Registry(list).register(Plugin(), name="odd")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("field", "counts"),
    [
        ({"type": "integer"}, True),
        ({"type": "string", "choices": ("5", "10s")}, True),
        ({"type": "string"}, False),
        ({"type": "string", "choices": ("5", "auto")}, False),
        ({"type": "boolean"}, False),
        ({"type": "array"}, False),
    ],
)
def test_a_quantity_that_is_no_number_is_refused(make_model, make_price, field, counts):
    from modelhunter.plugins import Field
    from modelhunter.plugins.catalogue_validation import model_faults

    price: Price = make_price(quantity="n")
    model = evolve(make_model(Field(name="n", **field)), price=price)

    faults = model_faults([model])

    assert faults == [] if counts else "'n' is no number" in faults[0]


class Hears:
    def __init__(self):
        self.heard = []

    @hookimpl
    def modelhunter_call_started(self, event):
        self.heard.append(event)


class Raises:
    @hookimpl
    def modelhunter_call_started(self, event):
        raise ValueError("mine")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_observer_that_raises_silences_no_other(order):
    from modelhunter.plugins.observing import Observers

    hears = Hears()
    both = (hears, Raises())
    Observers([both[n] for n in order]).call_started("event")

    assert hears.heard == ["event"]
