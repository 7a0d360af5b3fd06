"""The examples with an API of their own: their plugins, their servers, and clients for them."""

from __future__ import annotations

import importlib.util
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from modelhunter import ModelHunter, Polling
from modelhunter.plugins import Registry
from modelhunter.runtime.clock import SystemClock

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name, path):
    """A module of an example that is not installed."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def example(folder, package):
    """The plugin and the server of an example."""
    root = EXAMPLES / folder
    plugin = load(f"{package}_plugin", root / "src" / package / "plugin.py")
    return plugin, load(f"{package}_server", root / "server.py")


@contextmanager
def serving(server):
    """A server that runs in a thread meanwhile."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def registry_of(plugin, name="example"):
    """A registry that knows this plugin alone."""
    registry = Registry(list, environment={})
    registry.register(plugin, name=name)
    return registry


class NoWaiting(SystemClock):
    """Real time, as sockets need, but pauses are only noted."""

    def __init__(self):
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)


@pytest.fixture
def connect():
    """Makes clients that are closed in the end."""
    clients = []

    def make(plugin, **options):
        options.setdefault("clock", NoWaiting())
        options.setdefault("polling", Polling(0.0, 0.0, 0.0))
        clients.append(ModelHunter(registry=registry_of(plugin), **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
