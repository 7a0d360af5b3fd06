from __future__ import annotations

import pickle
import sys
import threading

import pytest

from modelhunter.errors import PluginConflict, PluginError, UnknownModel, UnknownProvider
from modelhunter.plugins import Model, Registry, default_registry, hookimpl
from modelhunter.plugins.discovery import installed_sources

PROVIDER = """
@hookimpl
def modelhunter_provider():
    return Provider(name="acme", models=(model("acme-1", "acme-latest"),))
"""


def imported(prefix: str = "throwaway") -> set[str]:
    return {name for name in sys.modules if name.startswith(prefix)}


# ------------------------------------------------------------------- finding


def test_asking_for_a_model_imports_only_its_owner(environment):
    module = environment.plugin("acme", "acme-1", "lab/acme-2")
    environment.plugin("other", "other-1")
    registry = environment.registry()

    provider, model = registry.model("lab/acme-2")

    assert (provider.name, model.id) == ("acme", "lab/acme-2")
    assert imported() == {module}


def test_names_of_providers_are_known_without_an_import(environment):
    environment.plugin("zeta", "z-1")
    environment.plugin("acme", "acme-1")
    registry = environment.registry()

    assert registry.providers() == ["acme", "zeta"]
    assert [info.state for info in registry.plugins()] == ["not loaded", "not loaded"]
    assert imported() == set()


def test_finding_plugins_reads_no_metadata_but_entry_points(environment):
    module = environment.plugin("acme", "acme-1")
    for metadata in environment.folder.glob("*/METADATA"):
        metadata.unlink()
    registry = environment.registry("")  # the same folder again, as sys.path may have it

    assert registry.providers() == ["acme"]
    assert registry.model("acme-1")[0].name == "acme"
    (info,) = registry.plugins()
    assert info.distribution == "(distribution without a name)"
    assert imported() == {module}


def test_an_alias_in_the_index_finds_its_model_without_other_imports(environment):
    module = environment.module("throwaway_alias", environment.head + PROVIDER)
    environment.plugin("plain", "plain-1", indexed=False)
    environment.distribution(
        "modelhunter-acme",
        providers={"acme": module},
        models={"acme-1": module, "acme-latest": module},
    )
    registry = environment.registry()

    assert registry.model("acme-latest")[1].id == "acme-1"
    assert imported() == {module}


def test_plugins_without_an_index_are_imported_only_when_no_index_names_the_model(environment):
    indexed = environment.plugin("acme", "acme-1")
    unindexed = environment.plugin("plain", "plain-1", indexed=False)
    registry = environment.registry()

    registry.model("acme-1")
    assert imported() == {indexed}
    assert registry.model("plain-1")[0].name == "plain"
    assert imported() == {indexed, unindexed}


def test_an_unknown_model_gets_the_nearest_names(environment):
    environment.plugin("acme", "acme-video-1", "acme-image-1")
    with pytest.raises(UnknownModel, match="did you mean acme-video-1") as caught:
        environment.registry().model("acme-vidio-1")

    assert caught.value.name == "acme-vidio-1"
    assert caught.value.suggestions[0] == "acme-video-1"
    assert imported() == set()
    assert pickle.loads(pickle.dumps(caught.value)).suggestions == caught.value.suggestions


def test_a_providers_name_in_place_of_a_model_gets_its_models(environment):
    environment.plugin("acme", "video-1", "image-1")
    with pytest.raises(UnknownModel, match="it is a provider, with image-1 and video-1"):
        environment.registry().model("acme")


def test_an_enormous_model_name_is_answered_shortly(environment):
    environment.plugin("acme", "acme-1")
    with pytest.raises(UnknownModel) as caught:
        environment.registry().model("x" * 1_000_000)
    assert len(str(caught.value)) < 300


def test_an_unknown_provider_gets_the_nearest_names(environment):
    environment.plugin("acme", "acme-1")
    with pytest.raises(UnknownProvider, match="did you mean acme"):
        environment.registry().provider("amce")


def test_without_any_plugin_the_error_says_what_to_install(environment):
    with pytest.raises(UnknownModel, match="no provider plugin is installed"):
        environment.registry().model("acme-1")


def test_all_models_are_listed_by_provider(environment):
    environment.plugin("zeta", "z-1")
    environment.plugin("acme", "acme-2", "acme-1", indexed=False)
    registry = environment.registry()

    assert [model.id for _, model in registry.models()] == ["acme-2", "acme-1", "z-1"]
    assert [model.id for _, model in registry.models("zeta")] == ["z-1"]
    with pytest.raises(UnknownProvider):
        registry.models("nobody")


# ------------------------------------------------------------------- isolation


@pytest.mark.parametrize(
    "text",
    [
        "raise RuntimeError('the disk is on fire')",
        "import a_module_that_is_not_there",
        "def (",
        "import sys; sys.exit(3)",
        "class Odd(BaseException): pass\nraise Odd('odd')",
        "class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute",
        "raise GeneratorExit",
        "import asyncio\nraise asyncio.CancelledError",
    ],
)
def test_a_plugin_that_fails_to_import_concerns_only_who_asks_for_it(environment, text):
    environment.plugin("good", "good-1")
    module = environment.module("throwaway_broken", text)
    environment.distribution(
        "modelhunter-broken",
        providers={"broken": module},
        models={"broken-1": module},
        version="2.3",
    )
    registry = environment.registry()

    with pytest.raises(PluginError) as caught:
        registry.model("broken-1")
    message = str(caught.value)
    assert "modelhunter-broken 2.3" in message
    assert "broken = throwaway_broken" in message
    assert caught.value.__cause__ is not None
    with pytest.raises(PluginError):
        registry.provider("broken")
    assert registry.model("good-1")[1].id == "good-1"
    assert [model.id for _, model in registry.models()] == ["good-1"]
    states = {info.name: info.state for info in registry.plugins()}
    assert states == {"good": "loaded", "broken": "failed"}


def test_a_failed_import_is_not_tried_again(environment):
    module = environment.module(
        "throwaway_broken",
        "import throwaway_count\nthrowaway_count.times += 1\nraise ValueError('no')",
    )
    environment.module("throwaway_count", "times = 0")
    environment.distribution("modelhunter-broken", providers={"broken": module})
    registry = environment.registry()

    for _ in range(3):
        with pytest.raises(PluginError, match="ValueError: no"):
            registry.provider("broken")
    assert sys.modules["throwaway_count"].times == 1


def test_an_interrupt_during_an_import_is_passed_on(environment):
    module = environment.module("throwaway_slow", "raise KeyboardInterrupt")
    environment.distribution("modelhunter-slow", providers={"slow": module})
    with pytest.raises(KeyboardInterrupt):
        environment.registry().provider("slow")


def test_an_unknown_model_may_belong_to_a_plugin_that_failed(environment):
    module = environment.module("throwaway_broken", "raise ValueError")
    environment.distribution("modelhunter-broken", providers={"broken": module})
    with pytest.raises(UnknownModel, match=r"modelhunter-broken 1\.0 may have it"):
        environment.registry().model("anything")


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe[modelhunter.providers]", b"[modelhunter.providers]\nno separator\n= x\na =\n"],
)
def test_malformed_entry_points_of_a_stranger_harm_nobody(environment, content):
    environment.plugin("good", "good-1")
    environment.distribution("broken-metadata")
    next(environment.folder.glob("broken_metadata*/entry_points.txt")).write_bytes(content)

    assert environment.registry().providers() == ["good"]


# ------------------------------------------------------------------- what a plugin says


@pytest.mark.parametrize(
    ("hooks", "complaint"),
    [
        ("", "brings no provider"),
        ("@hookimpl\ndef modelhunter_provider(): return None", "brings no provider"),
        ("@hookimpl\ndef modelhunter_provider(): return {}", "returned a dict, not a"),
        ("@hookimpl\ndef modelhunter_provider(): return 1 / 0", "ZeroDivisionError"),
        ("@hookimpl\ndef modelhunter_provider(extra): return 1", "does not fit"),
        ("@hookimpl\ndef modelhunter_provder(): return 1", "does not fit"),
        (
            "@hookimpl\ndef modelhunter_provider(): return Provider(name='acme2', models=())",
            "brings the provider 'acme2', but its entry points",
        ),
        (
            "@hookimpl\ndef modelhunter_provider(): return Provider(name='acme', models=(1,))",
            "a int where a Model belongs",
        ),
        (
            "@hookimpl\ndef modelhunter_provider(): return Provider(name='acme', models=7)",
            "models is 7, not a tuple of models",
        ),
        (
            "@hookimpl\ndef modelhunter_provider():\n"
            "    return Provider(name='acme', models=(model('a'), model('b', 'a')))",
            "'a' stands for two models",
        ),
    ],
)
def test_nonsense_from_a_plugin_is_an_error_that_says_so(environment, hooks, complaint):
    environment.module("throwaway_nonsense", environment.head + hooks)
    environment.distribution("modelhunter-acme", providers={"acme": "throwaway_nonsense"})

    with pytest.raises(PluginError) as caught:
        environment.registry().provider("acme")
    assert complaint in str(caught.value)
    assert "modelhunter-acme 1.0" in str(caught.value)


def test_an_index_that_promises_what_the_provider_lacks(environment):
    environment.module("throwaway_short", environment.head + PROVIDER)
    environment.distribution(
        "modelhunter-acme",
        providers={"acme": "throwaway_short"},
        models={"acme-1": "throwaway_short", "acme-9": "throwaway_short"},
    )
    with pytest.raises(PluginError, match="promises the model 'acme-9'"):
        environment.registry().model("acme-9")


# ------------------------------------------------------------------- conflicts


def test_two_distributions_with_one_provider_are_a_conflict_that_names_both(environment):
    environment.plugin("acme", "one-1", distribution="modelhunter-acme")
    environment.plugin("acme", "two-1", distribution="acme-fork", version="7.1")
    environment.plugin("good", "good-1")
    registry = environment.registry()

    for ask in (lambda: registry.provider("acme"), lambda: registry.model("one-1")):
        with pytest.raises(PluginConflict) as caught:
            ask()
        assert "modelhunter-acme 1.0" in str(caught.value)
        assert "acme-fork 7.1" in str(caught.value)
    assert registry.model("good-1")[0].name == "good"
    assert [model.id for _, model in registry.models()] == ["good-1"]
    states = {info.distribution: info.state for info in registry.plugins()}
    assert states == {
        "modelhunter-acme": "conflict",
        "acme-fork": "conflict",
        "modelhunter-good": "loaded",
    }


def test_two_distributions_with_one_model_share_all_but_that(environment):
    environment.plugin("acme", "same", "acme-1")
    environment.plugin("other", "same", "other-1")
    registry = environment.registry()

    with pytest.raises(PluginConflict, match=r"modelhunter-acme 1\.0 and modelhunter-other 1\.0"):
        registry.model("same")
    assert registry.model("acme-1")[0].name == "acme"
    assert registry.model("other-1")[0].name == "other"


def test_a_conflict_shows_among_plugins_without_an_index_too(environment):
    environment.plugin("acme", "same", indexed=False)
    environment.plugin("other", "same", indexed=False)
    with pytest.raises(PluginConflict, match=r"modelhunter-acme 1\.0 and modelhunter-other 1\.0"):
        environment.registry().model("same")


def test_a_distribution_found_twice_on_the_path_is_no_conflict(environment):
    module = environment.plugin("acme", "acme-1")
    environment.distribution(
        "ModelHunter.acme",
        providers={"acme": module},
        models={"acme-1": module, "acme-0": module},
        version="0.9",
        folder="editable",
    )
    registry = environment.registry("editable")

    assert registry.model("acme-1")[0].name == "acme"
    assert [info.version for info in registry.plugins()] == ["1.0"]
    with pytest.raises(UnknownModel):
        registry.model("acme-0")


# ------------------------------------------------------------------- models for somebody else

ADDS = """
@hookimpl
def modelhunter_models(provider):
    return [model("acme-tuned", "tuned")] if provider == "acme" else []
"""


def addition(environment, text=ADDS):
    environment.module("throwaway_addition", environment.head + text)
    environment.distribution(
        "modelhunter-tuned",
        models={"acme-tuned": "throwaway_addition", "tuned": "throwaway_addition"},
    )


def test_a_model_can_be_added_to_another_plugins_provider(environment):
    acme = environment.plugin("acme", "acme-1")
    addition(environment)
    registry = environment.registry()

    provider, model = registry.model("tuned")

    assert (provider.name, model.id) == ("acme", "acme-tuned")
    assert imported() == {acme, "throwaway_addition"}
    assert [model.id for _, model in registry.models("acme")] == ["acme-1", "acme-tuned"]
    info = next(info for info in registry.plugins() if info.distribution == "modelhunter-tuned")
    assert info.name == "throwaway_addition"
    assert (info.models, info.hooks) == (("acme-tuned",), ("modelhunter_models",))


def test_an_addition_does_not_burden_the_provider_it_adds_to(environment):
    acme = environment.plugin("acme", "acme-1")
    addition(environment, "raise ValueError('slow and broken')")
    registry = environment.registry()

    assert registry.provider("acme").models[0].id == "acme-1"
    assert registry.model("acme-1")[1].id == "acme-1"
    assert imported() == {acme}
    assert [model.id for _, model in registry.models("acme")] == ["acme-1"]
    with pytest.raises(PluginError, match="slow and broken"):
        registry.model("acme-tuned")


def test_an_addition_to_a_provider_that_is_not_installed_says_so(environment):
    addition(environment)
    with pytest.raises(PluginError, match="not installed"):
        environment.registry().model("acme-tuned")


@pytest.mark.parametrize("answer", ["'abc'", "7", "[7]", "1 / 0", "(1 / 0 for _ in 'a')"])
def test_nonsense_as_an_addition_is_an_error_that_says_so(environment, answer):
    environment.plugin("acme", "acme-1")
    addition(environment, f"@hookimpl\ndef modelhunter_models(provider): return {answer}")
    registry = environment.registry()

    with pytest.raises(PluginError, match=r"modelhunter-tuned 1\.0"):
        registry.model("acme-tuned")
    assert "acme-1" in [model.id for _, model in registry.models()]


# ------------------------------------------------------------------- choosing plugins


@pytest.mark.parametrize("names", ["acme", "modelhunter-acme", "ModelHunter_Acme, other"])
def test_plugins_can_be_turned_off_by_name_or_distribution(environment, names):
    environment.plugin("acme", "acme-1")
    environment.plugin("good", "good-1")
    registry = environment.registry(MODELHUNTER_DISABLE_PLUGINS=names)

    assert registry.providers() == ["good"]
    assert {info.name: info.state for info in registry.plugins()}["acme"] == "disabled"
    with pytest.raises(UnknownModel, match=r"modelhunter-acme 1.0 has it, but .* turns it off"):
        registry.model("acme-1")
    with pytest.raises(UnknownProvider, match="turns it off"):
        registry.provider("acme")


def test_only_the_named_plugins_are_used(environment):
    environment.plugin("acme", "acme-1")
    environment.plugin("good", "good-1")
    assert environment.registry(MODELHUNTER_PLUGINS="good,").providers() == ["good"]


def test_turning_one_of_two_rivals_off_resolves_the_conflict(environment):
    environment.plugin("acme", "acme-1", distribution="modelhunter-acme")
    environment.plugin("acme", "acme-1", distribution="acme-fork")
    registry = environment.registry(MODELHUNTER_DISABLE_PLUGINS="acme-fork")
    assert registry.model("acme-1")[0].name == "acme"


# ------------------------------------------------------------------- plugins of the application


def hooks(provider):
    class Hooks:
        @hookimpl
        def modelhunter_provider(self):
            return provider

    return Hooks()


def test_an_application_can_register_a_plugin(environment, make_provider):
    registry = environment.registry()
    registry.register(hooks(make_provider("mine")), name="my-app")

    assert registry.model("mine-1")[0].name == "mine"
    assert registry.providers() == ["mine"]
    (info,) = registry.plugins()
    assert (info.state, info.distribution, info.models) == ("loaded", None, ("mine-1",))
    with pytest.raises(ValueError, match="registered already"):
        registry.register(hooks(make_provider("mine")), name="my-app")


def test_a_registered_plugin_that_is_wrong_is_refused_at_once(environment):
    with pytest.raises(PluginError, match="registered by the application"):
        environment.registry().register(hooks("no provider"))


def test_a_registered_plugin_conflicts_like_any_other(environment, make_provider):
    environment.plugin("acme", "acme-1")
    registry = environment.registry()
    registry.register(hooks(make_provider("acme")), name="mine")
    with pytest.raises(PluginConflict, match=r"mine \(registered .* and modelhunter-acme 1\.0"):
        registry.provider("acme")


def test_a_registered_plugin_can_add_models(environment, make_capability):
    environment.plugin("acme", "acme-1")

    class Hooks:
        @hookimpl
        def modelhunter_models(self, provider):
            return [Model(id="acme-x", capabilities=(make_capability(),))]

    registry = environment.registry()
    registry.register(Hooks())
    assert registry.model("acme-x")[0].name == "acme"


# ------------------------------------------------------------------- several at once


def test_many_threads_get_the_same_answer(environment):
    environment.plugin("acme", "acme-1")
    registry = environment.registry()
    found = []
    barrier = threading.Barrier(8)

    def ask():
        barrier.wait()
        found.append(registry.model("acme-1"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(pair[1] is found[0][1] for pair in found)


def test_a_plugin_may_use_the_registry_while_it_is_imported(environment):
    environment.plugin("acme", "acme-1")
    module = environment.module(
        "throwaway_curious",
        "import throwaway_shared\nthrowaway_shared.registry.model('acme-1')\n"
        "from modelhunter.plugins import Provider, hookimpl\n"
        "@hookimpl\ndef modelhunter_provider(): return Provider(name='curious', models=())",
    )
    environment.module("throwaway_shared", "registry = None")
    environment.distribution("modelhunter-curious", providers={"curious": module})
    registry = environment.registry()
    import throwaway_shared

    throwaway_shared.registry = registry
    assert registry.provider("curious").name == "curious"


def test_there_is_one_default_registry():
    assert default_registry() is default_registry()


def test_import_time_is_measured(environment):
    environment.plugin("acme", "acme-1")
    ticks = iter([10.0, 10.25])
    registry = Registry(
        lambda: installed_sources([str(environment.folder)]), clock=lambda: next(ticks)
    )
    (info,) = registry.plugins(load=True)
    assert (info.state, info.milliseconds) == ("loaded", 250.0)
    assert info.hooks == ("modelhunter_provider",)


def test_a_choice_that_is_no_plugin_is_said(environment):
    environment.plugin("vidu", "viduq3-pro")
    environment.plugin("acme", "acme-1")
    registry = environment.registry(
        MODELHUNTER_PLUGINS="vidoo, modelhunter_acme, vidu", MODELHUNTER_DISABLE_PLUGINS="zzz"
    )
    assert registry.unmet_choices() == [
        "MODELHUNTER_PLUGINS names 'vidoo', which is no installed plugin; did you mean vidu?",
        "MODELHUNTER_DISABLE_PLUGINS names 'zzz', which is no installed plugin",
    ]
    assert environment.registry(MODELHUNTER_PLUGINS="vidu").unmet_choices() == []


def test_an_entry_point_that_refers_to_nothing(environment):
    environment.distribution("modelhunter-odd", providers={"odd": "odd plugin.py"})
    with pytest.raises(PluginError, match=r"must be package\.module or package\.module:name"):
        environment.registry().provider("odd")


def test_a_plugin_for_another_version_says_which_it_asks_for(environment):
    module = environment.module("throwaway_new", "from modelhunter.plugins import Hologram")
    environment.distribution("modelhunter-new", providers={"new": module})
    metadata = environment.folder / "modelhunter_new-1.0.dist-info" / "METADATA"
    with metadata.open("a") as file:
        file.write("Requires-Dist: modelhunter-vidu>=1\nRequires-Dist: modelhunter>=9\n")
    with pytest.raises(PluginError, match=r"this is modelhunter \d.*asks for modelhunter>=9\)"):
        environment.registry().provider("new")
