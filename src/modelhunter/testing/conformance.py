"""The conformance kit: what must hold of every provider, as tests to subclass.

::

    from modelhunter.testing import ProviderConformance

    class TestAcme(ProviderConformance):
        provider = "acme"

pytest then runs the provider's models through catalogue, limits, prices, submission, waiting,
download and cancellation in a sandbox. Inputs are derived from the models' fields; where rules ask
for more than can be guessed, ``examples`` has them. Needs the extra ``test``.
"""

# ruff: noqa: S101 - tests assert

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from attrs import NOTHING, evolve, fields, fields_dict

from modelhunter import ModelHunter
from modelhunter.errors import Conflict, PluginError
from modelhunter.plugins import Registry, default_registry, estimate, input_values, prepare
from modelhunter.plugins.discovery import installed_sources
from modelhunter.testing.examples import (
    as_file,
    edges,
    example,
    example_inputs,
    holds_media,
    is_about,
    problems_of,
    walk,
)
from modelhunter.testing.harness import AT_ONCE, Bench
from modelhunter.testing.import_probe import imported_for
from modelhunter.testing.lint import Offer, price_mistakes, request_mistakes, rule_mistakes
from modelhunter.testing.sense import media_mistakes, prepare_mistakes, sense_mistakes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from modelhunter.plugins import Provider
    from modelhunter.plugins.discovery import Source
    from modelhunter.sandbox import Sandbox


class ProviderConformance:
    """Tests of one provider. Subclass it under a name that begins with ``Test``.

    Attributes:
        provider: the provider's name.
        examples: inputs by keyword, for a capability (``"text-to-video"``) or for that of one
            model (``"acme-1 text-to-video"``), where they can't be derived from the fields. What
            is required and missing in them is derived.
        paths: where the requests of a capability go, where its ``call`` is written by hand and
            goes elsewhere than to ``/api/v1/{provider}/{capability}``.
        typed: whether its capabilities have typed input classes.
        priced: whether its models have prices.
        unpriced: ids of models that have none although the others have.
        installed: whether it is an installed distribution, rather than an object that
            :meth:`registry` registers.
    """

    provider: ClassVar[str]
    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    paths: ClassVar[Mapping[str, str]] = {}
    typed: ClassVar[bool] = True
    priced: ClassVar[bool] = True
    unpriced: ClassVar[Collection[str]] = ()
    installed: ClassVar[bool] = True
    _kept: ClassVar[Registry]

    @classmethod
    def registry(cls) -> Registry:
        """Where the provider is found: by default among what is installed.

        It may make a new one: it is called once for each class of tests.
        """
        return default_registry()

    @classmethod
    def _registry(cls) -> Registry:
        if "_kept" not in cls.__dict__:
            cls._kept = cls.registry()
        return cls._kept

    # ------------------------------------------------------------------- what tests are given

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        """Run each test that asks for an ``offer`` once for each capability of each model."""
        if "offer" in metafunc.fixturenames:
            try:
                offers = cls.offers()
            except PluginError:
                offers = []  # test_the_provider_can_be_loaded says why
            metafunc.parametrize("offer", offers, ids=str)

    @pytest.fixture
    def bench(self, modelhunter_bench: Bench) -> Bench:
        """A sandbox and a client that the tests of the class share; no fault is planted."""
        modelhunter_bench.sandbox.faults.clear()
        return modelhunter_bench

    @classmethod
    def offers(cls) -> list[Offer]:
        """Every capability of every model, those that other plugins added included."""
        return [
            Offer(model, capability)
            for _, model in cls._registry().models(cls.provider)
            for capability in model.capabilities
        ]

    @classmethod
    def inputs(cls, offer: Offer) -> dict[str, Any]:
        """Inputs by keyword that the offer takes."""
        known = cls.examples.get(str(offer), cls.examples.get(offer.capability.name))
        found = example_inputs(offer.model, offer.capability, known)
        if found is None:
            pytest.fail(
                f"no inputs for {offer} could be derived that pass its checks; give some as "
                f"examples = {{{offer.capability.name!r}: {{…}}}}"
            )
        return found

    # ------------------------------------------------------------------- catalogue

    def test_the_provider_can_be_loaded(self) -> None:
        """It is found by its name, and brings models."""
        provider = self._registry().provider(self.provider)
        assert provider.name == self.provider
        hidden = hasattr(ModelHunter, self.provider)
        assert not hidden, f"client.{self.provider} is something else; give it another name"
        for model in provider.models:
            self._registry().model(model.id)  # raises where another plugin claims it too
        assert self.offers(), f"{self.provider} has no models"

    def test_the_index_names_what_the_hooks_bring(self) -> None:
        """The entry points in ``modelhunter.models`` are the models and aliases, no more or less.

        Without them every plugin is imported whenever a model is asked for that no index names.
        """
        source = self._source()
        provider = self._registry().provider(self.provider)
        known = {name for model in provider.models for name in (model.id, *model.aliases)}
        assert known <= source.models, f"not in the index: {sorted(known - source.models)}"
        for name in source.models - known:
            self._registry().model(name)  # added to another provider; raises where nobody brings it

    def test_models_are_found_by_every_name(self) -> None:
        """Ids and aliases lead to their model, and every model is listed."""
        listed = {model.id for _, model in self._registry().models(self.provider)}
        for model in self._provider().models:
            assert model.id in listed
            for name in (model.id, *model.aliases):
                assert self._registry().model(name)[1] is model

    def test_inputs_are_described(self, offer: Offer) -> None:
        """Every input says what it is, and the capability and its rules say what they are."""
        bare = [name for name, field in walk(offer.capability.fields) if not field.description]
        assert not bare, f"without a description: {', '.join(bare)}"
        assert offer.capability.title, (
            "the capability has no title: the first line of its typed input's docstring, or the "
            "summary of its operation"
        )
        assert all(rule.message for rule in offer.capability.rules)

    def test_only_its_own_plugin_is_imported(self) -> None:
        """Asking for one of its models imports no other plugin, and nothing that takes long."""
        source = self._source()
        name = self._provider().models[0].id
        found = imported_for(name)
        others = [target for target in found.plugins if target != source.target]
        assert not others, f"it imports the plugins {', '.join(others)}"
        heavy = ", ".join(found.heavy)
        assert not heavy, f"looking {name} up imports {heavy}; import that where it is used"

    # ------------------------------------------------------------------- validation

    def test_values_within_the_limits_pass(self, offer: Offer) -> None:
        """Each limit of each input itself, each choice, each default. Rules across inputs aside."""
        bare, base = self._bare(offer)
        for field in offer.capability.fields:
            for edge in edges(field):
                if edge.fits:
                    found = problems_of(
                        bare.model, bare.capability, {**base, field.name: edge.value}
                    )
                    assert not found, f"{field.name}, {edge.what}: {found[0]}"

    def test_values_beyond_the_limits_are_refused(self, offer: Offer) -> None:
        """One step beyond each limit, another type, no choice, a member that is missing."""
        bare, base = self._bare(offer)
        for field in offer.capability.fields:
            for edge in edges(field):
                if not edge.fits:
                    found = problems_of(
                        bare.model, bare.capability, {**base, field.name: edge.value}
                    )
                    assert any(is_about(field, one.field) for one in found), (
                        f"{field.name}, {edge.what}: {edge.value!r} passes"
                    )

    def test_what_is_required_is_missed(self, offer: Offer) -> None:
        """Without a required input nothing is sent."""
        bare, base = self._bare(offer)
        for field in offer.capability.fields:
            if field.required:
                less = {name: value for name, value in base.items() if name != field.name}
                found = problems_of(bare.model, bare.capability, less)
                assert any(is_about(field, one.field) for one in found), field.name

    def test_unknown_inputs_are_refused(self, offer: Offer) -> None:
        """A name that is no input is a problem, not something that is quietly sent."""
        bare, base = self._bare(offer)
        assert problems_of(bare.model, bare.capability, {**base, "no_such_input": 1})

    def test_the_schema_of_the_request_has_the_same_limits(self, offer: Offer) -> None:
        """What the checks refuse, the request's JSON Schema refuses (the sandbox goes by that)."""
        from modelhunter.sandbox.checking import schema_of, validator_of

        validator = validator_of(schema_of(offer.capability, offer.model.id))
        base = prepare(offer.capability, self.inputs(offer))
        sent = {"model": offer.model.id, "input": base}
        assert validator.is_valid(sent), [error.message for error in validator.iter_errors(sent)]
        for field in offer.capability.fields:
            for edge in edges(field):
                if edge.fits or field.media is not None or holds_media(field):
                    continue
                body = {"model": offer.model.id, "input": {**base, field.name: edge.value}}
                assert not validator.is_valid(body), f"{field.name}, {edge.what}: {edge.value!r}"

    def test_rules_speak_of_inputs(self) -> None:
        """A rule names inputs that some capability has; one that was misspelt never holds."""
        found = list(rule_mistakes(offer.capability for offer in self.offers()))
        assert not found, "; ".join(found)

    def test_rules_refuse_what_they_should(self, offer: Offer) -> None:
        """A rule refuses something, and neither asks for nor forbids an optional input always."""
        found = list(sense_mistakes(offer.capability))
        assert not found, f"{offer}: {'; '.join(found)}"

    def test_preparing_loses_nothing(self, offer: Offer) -> None:
        """What ``prepare`` makes of the inputs has all of them, if under other names."""
        found = list(prepare_mistakes(offer.capability, self.inputs(offer)))
        assert not found, f"{offer}: {'; '.join(found)}"

    def test_what_it_makes_is_a_kind_of_media(self, offer: Offer) -> None:
        """``makes`` is one of the usual words, or one that is not like any of them."""
        found = list(media_mistakes(offer.capability))
        assert not found, f"{offer}: {'; '.join(found)}"

    # ------------------------------------------------------------------- requests

    def test_requests_say_what_was_given(self, offer: Offer) -> None:
        """They go where they should, once, with all that was given; the answer names the task."""
        provider, path = self._provider(), self.paths.get(offer.capability.name)
        if provider.backend is not None:
            pytest.skip("the provider has an API of its own")
        every = {field.name: example(field) for field in offer.capability.fields}
        found = list(request_mistakes(provider, offer, {**every, **self._wire(offer)}, path))
        assert not found, f"{offer}: {'; '.join(found)}"

    # ------------------------------------------------------------------- prices

    def test_the_price_is_known_before_sending(self, offer: Offer) -> None:
        """An estimate is a range above nothing, read on a day that has been."""
        if not self.priced:
            pytest.skip("the provider has no prices")
        price = offer.model.price
        if offer.model.id in self.unpriced:
            assert price is None, f"{offer.model.id} has a price; take it out of unpriced"
            return
        assert price is not None, (
            f"{offer.model.id} has no price; name it in unpriced, or say priced = False"
        )
        mistakes = list(price_mistakes(offer))
        assert not mistakes, "; ".join(mistakes)
        found = estimate(price, offer.capability.fields, self._wire(offer))
        assert Decimal(0) <= found.low <= found.high
        assert found.high.is_finite(), f"nothing bounds what it may cost: {'; '.join(found.notes)}"
        assert found.likely is None or found.low <= found.likely <= found.high
        assert found.as_of <= date.today()

    # ------------------------------------------------------------------- in the sandbox

    def test_by_keywords_from_submission_to_file(
        self, offer: Offer, bench: Bench, tmp_path: Path
    ) -> None:
        """Submit, wait, download; the task is the model's, and costs what was estimated."""
        inputs = self.inputs(offer)
        task = bench.client.submit(offer.model.id, offer.capability.name, **inputs)
        assert (task.provider, task.model) == (self.provider, offer.model.id)
        task.wait(60)
        assert task.status == "succeeded"
        assert task.type == offer.capability.output.media
        paths = task.download(f"{tmp_path}/")
        assert paths
        assert all(path.stat().st_size > 0 for path in paths)
        if self.priced and offer.model.price is not None and task.cost is not None:
            price = bench.client.estimate(offer.model.id, offer.capability.name, **inputs)
            assert price.low <= task.cost <= price.high

    def test_by_typed_input(self, offer: Offer, bench: Bench) -> None:
        """The typed input class means the same as keywords, and is taken in their place."""
        if not self.typed:
            pytest.skip("the provider has no typed inputs")
        typed = offer.capability.load_input_class()
        assert typed is not None, f"{offer} has no input class; say typed = False"
        assert (typed.provider, typed.capability) == (self.provider, offer.capability.name)
        missing = {f.name for f in offer.capability.fields} - {
            a.metadata.get("wire", a.name) for a in fields(typed)
        }
        assert not missing, f"{typed.__name__} lacks {', '.join(sorted(missing))}"
        usual: Any = fields_dict(typed)["model"].default
        if usual is not NOTHING:
            able = self._registry().model(usual)[1].capability(offer.capability.name)
            assert able, f"{typed.__name__} has the model {usual!r} by default, which can't do it"
        inputs = self.inputs(offer)
        given = typed(**{"model": offer.model.id, **inputs})
        sent = prepare(offer.capability, input_values(given))
        assert self._wire(offer).items() <= sent.items()
        assert bench.client.submit(given).wait(60).status == "succeeded"

    def test_async(self, bench: Bench) -> None:
        """The async client does the same."""
        if find_spec("aiohttp") is None:
            pytest.skip("the extra async is not installed")
        from modelhunter import AsyncModelHunter

        offer = self.offers()[0]

        async def run() -> str:
            async with AsyncModelHunter(
                sandbox=bench.sandbox, registry=self._registry(), polling=AT_ONCE
            ) as client:
                inputs = self.inputs(offer)
                task = await client.submit(offer.model.id, offer.capability.name, **inputs)
                return str((await task.wait(60)).status)

        assert asyncio.run(run()) == "succeeded"

    def test_local_files_are_uploaded(self, offer: Offer, bench: Bench, tmp_path: Path) -> None:
        """A path where media belongs becomes an address before the job is sent."""
        bare, base = self._bare(offer)
        tried = 0
        for field in offer.capability.fields:
            given = as_file(field, tmp_path, f"{offer} {field.name}")
            inputs = {**self.inputs(offer), field.keyword: given}
            if given is None or problems_of(offer.model, offer.capability, inputs):
                continue
            assert not problems_of(bare.model, bare.capability, {**base, field.name: given})
            before = _uploads(bench.sandbox)
            bench.client.submit(offer.model.id, offer.capability.name, **inputs).wait(60)
            assert _uploads(bench.sandbox) > before, f"{field.name} was sent as it was"
            tried += 1
        if not tried:
            pytest.skip("it takes no files")

    def test_a_running_task_is_cancelled(self, bench: Bench) -> None:
        """Cancelling ends a task; what has finished can't be cancelled."""
        from modelhunter.sandbox import Fault

        offer = self.offers()[0]
        inputs = self.inputs(offer)
        bench.sandbox.faults.add(Fault("stuck_task", operation="submit"))
        task = bench.client.submit(offer.model.id, offer.capability.name, **inputs)
        assert task.cancel().status == "cancelled"
        bench.sandbox.faults.clear()
        done = bench.client.submit(offer.model.id, offer.capability.name, **inputs).wait(60)
        with pytest.raises(Conflict):
            done.cancel()

    # ------------------------------------------------------------------- parts

    def _provider(self) -> Provider:
        return self._registry().provider(self.provider)

    def _source(self) -> Source:
        if not self.installed:
            pytest.skip("the provider is not installed as a distribution")
        found = [s for s in installed_sources() if self.provider in s.providers]
        assert found, (
            f"no installed distribution has an entry point named {self.provider} in the group "
            "modelhunter.providers; see its pyproject.toml, and install it again"
        )
        return found[0]

    def _wire(self, offer: Offer) -> dict[str, Any]:
        return prepare(offer.capability, self.inputs(offer))

    def _bare(self, offer: Offer) -> tuple[Offer, dict[str, Any]]:
        """The offer with nothing but its fields, and inputs that it takes, by wire name."""
        capability = evolve(offer.capability, rules=(), check=None, prepare=None)
        return Offer(offer.model, capability), prepare(capability, self.inputs(offer))


def _uploads(sandbox: Sandbox) -> int:
    return sum(seen.operation in ("createUploadUrl", "uploadContent") for seen in sandbox.requests)
