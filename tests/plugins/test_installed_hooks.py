"""Observers and gates that are installed: they take part in every client, and can be left out."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys

import httpx
import pytest

from modelhunter import ModelHunter, PluginError, Refused, Retry, TransportError
from modelhunter.hook_groups import are_declared
from modelhunter.plugins import Registry
from modelhunter.plugins.installed_hooks import hook_infos

MODULE = """
from modelhunter.plugins import Refused, hookimpl

HEARD = []


class Watch:
    @hookimpl
    def modelhunter_call_ended(self, event):
        HEARD.append(event.operation)


class NoCats:
    @hookimpl
    def modelhunter_job(self, job):
        if "cat" in job.inputs["prompt"]:
            raise Refused("no cats today")


class Idle:
    pass
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Lays a distribution into a folder, as an installation would."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "case_hooks", raising=False)
    (tmp_path / "case_hooks.py").write_text(MODULE)

    def make(**entries):
        info = tmp_path / "case_hooks-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: case-hooks\nVersion: 1\n")
        text = "".join(
            f"[modelhunter.{group}]\n{name} = case_hooks:{target}\n"
            for group, (name, target) in entries.items()
        )
        (info / "entry_points.txt").write_text(text)
        return tmp_path

    yield make
    sys.modules.pop("case_hooks", None)


def client(**options):
    return ModelHunter(
        "mh_key", registry=Registry(list, environment={}), retries=Retry(attempts=1), **options
    )


def reading(mock, api_client):
    mock.get("/api/v1/balance").mock(side_effect=httpx.ReadError)
    with pytest.raises(TransportError):
        api_client.balance()


def test_an_installed_observer_hears(install, modelhunter_mock):
    install(observers=("watch", "Watch"))
    reading(modelhunter_mock, client())
    import case_hooks

    assert case_hooks.HEARD == ["getBalance"]


@pytest.mark.parametrize("off", ["argument", "switch", "name", "distribution"])
def test_it_can_be_left_out(install, modelhunter_mock, monkeypatch, off):
    install(observers=("watch", "Watch"))
    if off == "switch":
        monkeypatch.setenv("MODELHUNTER_NO_HOOKS", "1")
    elif off != "argument":
        name = {"name": "watch", "distribution": "Case_Hooks"}[off]
        monkeypatch.setenv("MODELHUNTER_DISABLE_PLUGINS", name)
    options = {"installed_hooks": False} if off == "argument" else {}
    made = client(**options)
    assert made.context.session.observer is None
    infos = {info.name: info.state for info in hook_infos()}
    assert infos == {"watch": "loaded" if off == "argument" else "disabled"}


def test_one_that_was_given_hears_once(install, modelhunter_mock):
    install(observers=("watch", "Watch"))
    import case_hooks

    reading(modelhunter_mock, client(observers=[case_hooks.Watch()]))
    assert case_hooks.HEARD == ["getBalance"]


def test_an_observer_that_can_not_be_loaded_stops_nothing(install, modelhunter_mock, caplog):
    install(observers=("watch", "Missing"))
    with caplog.at_level(logging.WARNING):
        reading(modelhunter_mock, client())
    assert "plugin case-hooks 1 (entry point watch" in caplog.text


def acme(install, **entries):
    from modelhunter.plugins import Field, Output, Provider, hookimpl, standard_call
    from modelhunter.plugins.catalogue import Capability, Model

    install(**entries)
    prompt = Field(name="prompt", type="string", required=True)
    capability = Capability(
        name="make",
        fields=(prompt,),
        output=Output(media="image"),
        call=standard_call("acme", "make"),
    )

    class Plugin:
        @hookimpl
        def modelhunter_provider(self):
            return Provider(name="acme", models=(Model(id="acme-1", capabilities=(capability,)),))

    made = client()
    made._registry().register(Plugin(), name="acme")
    return made


def test_an_installed_gate_refuses(install):
    made = acme(install, gates=("no-cats", "NoCats"))
    with pytest.raises(Refused, match=r"case-hooks 1 .* refuses acme-1 \(make\): no cats today"):
        made.submit("acme-1", prompt="a cat")


@pytest.mark.parametrize(
    ("target", "said"),
    [("Missing", "could not be loaded: AttributeError"), ("Idle", "has none of the hooks")],
)
def test_a_gate_that_can_not_be_loaded_lets_nothing_pass(install, target, said):
    """And keeps nobody from the rest of the client."""
    made = acme(install, gates=("no-cats", target))
    with pytest.raises(PluginError, match=said):
        made.submit("acme-1", prompt="a dog")
    assert made.estimate is not None
    (info,) = hook_infos()
    assert (info.kind, info.state) == ("gate", "failed")
    assert said in info.error


def test_the_command_line_lists_them_and_leaves_them_out(install):
    folder = install(observers=("watch", "Watch"), gates=("no-cats", "NoCats"))

    def run(*words, **more):
        return subprocess.run(
            [sys.executable, "-m", "modelhunter", *words],
            env={**os.environ, "PYTHONPATH": str(folder), **more},
            capture_output=True,
            text=True,
            timeout=60,
        )

    listed = json.loads(run("plugins", "--json").stdout)
    found = {(row["name"], row["kind"]): row for row in listed}
    assert found["no-cats", "gate"]["hooks"] == ["modelhunter_job"]
    assert found["watch", "observer"]["distribution"] == "case-hooks"
    words = ("generate", "seedream-4.5", "a cat", "--sandbox", "-o", f"{folder}/cat.png")
    refused = run(*words)
    assert (refused.returncode, "no cats today" in refused.stderr) == (1, True), refused
    bare = run(*words, "--no-hooks")
    assert bare.returncode == 0, bare


def test_nothing_is_declared_where_nothing_is(tmp_path):
    assert not are_declared([str(tmp_path), str(tmp_path / "no.zip"), "/no/such/folder"])


def test_the_doctor_names_a_gate_that_lets_nothing_pass(install):
    folder = install(gates=("no-cats", "Missing"))
    done = subprocess.run(
        [sys.executable, "-m", "modelhunter", "doctor", "--sandbox"],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "no-cats can't be used: plugin case-hooks 1" in done.stdout
