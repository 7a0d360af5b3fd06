"""Calls with arguments that can't be meant so: each gets a sentence, and nothing is sent."""

from __future__ import annotations

import asyncio
import datetime
import inspect
import time
from typing import Any

import pytest

import modelhunter
from modelhunter import (
    AsyncModelHunter,
    InvalidArgument,
    ModelHunter,
    ModelHunterError,
    Polling,
    Retry,
    Timeouts,
    api,
    provenance,
    webhooks,
)
from modelhunter.sandbox import Sandbox

KEY = "river_test_" + "a" * 32
NAMES = {
    **vars(modelhunter),
    "Sandbox": Sandbox,
    "api": api,
    "provenance": provenance,
    "datetime": datetime,
    "time": time,
}
_MODEL = "model takes the id of one, a typed input of a plugin or a file's record, not "
NAMES |= {"Polling": Polling, "Retry": Retry, "Timeouts": Timeouts, "webhooks": webhooks}

MAKING = {
    "Client(api_key=5)": "api_key takes text, not a value of type int",
    "Client(api_key=b'river_test_x')": "api_key takes text, not a value of type bytes",
    "Client(base_url=5)": "base_url takes an address such as https://api.example.com, not 5",
    "Client(base_url=b'https://x.example')": "base_url takes an address such as",
    "Client(sandbox='http://127.0.0.1:1')": "(the address of a server is base_url)",
    "Client(sandbox=Sandbox)": "sandbox takes True or a sandbox.Sandbox, not the class Sandbox",
    "Client(timeout='60')": "timeout takes seconds above 0, or None for the usual limits, not '60'",
    "Client(timeout=0)": "timeout takes seconds above 0",
    "Client(timeout=(3, 5))": "timeout takes seconds above 0, or None for the usual limits, not a",
    "Client(timeout=datetime.timedelta(seconds=5))": "not a timedelta",
    "Client(retries=3)": "retries takes a modelhunter.Retry, not 3",
    "Client(budget='much')": "budget='much' is no amount of USD",
    "Client(polling=2)": "polling takes a modelhunter.Polling, not 2",
    "Client(allow_http='yes')": "allow_http takes True or False, not 'yes'",
    "Client(transport='urllib3')": "transport takes what sends requests, not 'urllib3'",
    "Client(registry=['vidu'])": "registry takes a plugins.Registry, not a list",
    "Client(observers='print')": "observers takes a list of objects, not 'print'; put it",
    "Client(clock=time)": "clock takes a clock, not a module",
    "Timeouts(total='x')": "total takes seconds above 0, or None for no limit, not 'x'",
    "Timeouts(connect=None)": "connect takes seconds above 0, at most 31622400, not None",
    "Retry(attempts=2.5)": "attempts takes a whole number from 1, not 2.5",
    "Client(timeout=10**400)": "for the usual limits, not a number of over 40 digits",
    "Client(budget=-10**5000)": "budget=a number of over 40 digits is no amount of USD",
    "Retry(attempts=10**5000)": "attempts takes a whole number from 1, not a number of over 40",
    "Polling(first='2')": "first takes seconds from 0, at most 31622400, not '2'",
}

SENDING = {
    "mh.submit(None, prompt='x')": _MODEL,
    "mh.submit(5, prompt='x')": _MODEL,
    "mh.submit('', prompt='x')": _MODEL,
    "mh.submit({'model': 'acme-1'})": _MODEL,
    "mh.submit('acme-1', {'prompt': 'x'})": "not a dict; inputs are given by keyword, as in p",
    "mh.submit('acme-1', 'A sunset over the ocean')": "inputs, as prompt, go by keyword",
    "mh.submit('acme-1', prompt='x', webhook_url=5)": "webhook_url=5: is no http or https address",
    "mh.submit('acme-1', prompt='x', webhook='https://a.b')": "an address goes in webhook_url",
    "mh.submit('acme-1', prompt='x', metadata='x')": "metadata='x': must be a mapping",
    "mh.submit('acme-1', prompt='x', resubmit='yes')": "resubmit takes True or False, not 'yes'",
    "mh.submit('acme-1', prompt='x', on_token='p')": "on_token takes a function, not 'p'",
    "mh.submit('acme-1', prompt='x', timeout=5)": "is no input: generate and wait take it",
    "mh.submit('acme-1', prompt='x', max_cost=True)": "max_cost=True is no amount of USD",
    "mh.generate('acme-1', prompt='x', timeout='60')": "timeout takes seconds from 0, or None for",
    "mh.generate('acme-1', prompt='x', timeout=10**400)": "not a number of over 40 digits",
    "mh.generate('acme-1', prompt='x', max_cost=10**5000)": "max_cost=a number of over 40 digits",
    "mh.generate('acme-1', prompt='x', duration=10**5000)": "a number of over 40 digits",
    "mh.generate('acme-1', prompt='x', timeout=0)": "submit starts a job without waiting for it",
    "mh.generate('acme-1', prompt='x', webhook='https://a.b')": "is webhook_url)",
    "mh.generate('acme-1', prompt='x', on_update='p')": "on_update takes a function, not 'p'",
    "mh.generate('acme-1', prompt='x', cancel_if_left=1)": "cancel_if_left takes True or False",
    "mh.estimate('acme-1', max_cost=3)": "max_cost: is no input: submit, prepare and generate take",
    "mh.acme.text_to_video('acme-1', 'a cat')": "by position, not 'a cat'; inputs are given by key",
    "mh.acme.text_to_video(5)": _MODEL,
    "mh.prepare(None)": _MODEL,
    "mh.resume('{}', resubmit='x')": "resubmit takes True or False, not 'x'",
    "mh.recover('x')": "tokens takes a list of tokens, not 'x'; put it in a list: ['x']",
    "mh.recover([5])": "tokens takes a list of tokens, and one of them is 5",
    "mh.models(5)": "provider takes the name of one, not 5",
    "mh.tasks.get(None)": "task_id takes the id of a task, not None",
    "mh.tasks.get(['task_1'])": "task_id takes the id of a task, not a list",
    "mh.tasks.list(status=5)": "status takes the name of one status, not 5",
    "mh.tasks.list(created_after='2026-01-01')": "created_after takes a datetime, not '2026-01-01'",
    "mh.tasks.list(limit='5')": "limit takes a whole number of tasks, not '5'",
    "mh.tasks.cancel(5)": "task takes a task or its id, not 5",
    "mh.tasks.wait(['a', 'b'])": "task takes a task or its id, not a list; several are for watch",
    "mh.tasks.watch('task_1')": "watched takes several tasks or ids, not 'task_1'; put it in",
    "mh.tasks.watch(['a'], timeout='5')": "timeout takes seconds from 0, or None for no limit, not",
    "mh.files.upload(5)": "5 can't be uploaded; give a path, bytes, an open binary file or",
    "mh.files.upload(b'x', filename=5)": "filename takes a name for the file, not 5",
    "mh.files.upload(b'x', content_type='')": "content_type takes a type such as",
    "mh.files.upload(b'x', on_progress='p')": "on_progress takes a function, not 'p'",
    "mh.tasks.wait('task_1', cancel_if_left='x')": "cancel_if_left takes True or False, not 'x'",
    "mh.webhooks.create('shop.example')": "url takes an http or https address, not 'shop.example'",
    "mh.webhooks.create('https://a.b', 'task.failed')": "put it in a list: ['task.failed']",
    "mh.webhooks.create('https://a.b', [])": "events takes at least one event",
    "mh.api_keys.create(5)": "name takes a name for the key, not 5",
    "mh.api_keys.create('k', expires_at='2026-01-01')": "expires_at takes a datetime, not '2026",
    "mh.api_keys.create('k', permissions=['x'])": "permissions takes a mapping such as {'generate'",
    "mh.api_keys.create('k', ip_whitelist='1.2.3.4')": "put it in a list: ['1.2.3.4']",
    "mh.api_keys.delete(None)": "key_id takes the id of a key, not None",
    "mh.send(api.billing.get_balance)": "call the function: it returns one",
}

BESIDE = {
    "webhooks.verify('text', {}, 's')": "the body is a str; hand over the raw bytes",
    "webhooks.verify(b'x', {}, 5)": "secrets takes one secret or a list, not a value of type int",
    "webhooks.receive('mh', b'x', {})": "client takes a ModelHunter, not 'mh'",
    "webhooks.asgi('handle', secrets='x')": "handler takes a function, not 'handle'",
    "webhooks.wsgi(print, client='mh')": "client takes a ModelHunter, not 'mh'",
    "provenance.verify(5)": "expected str, bytes or os.PathLike object, not int",
    "provenance.read(None)": "expected str, bytes or os.PathLike object, not NoneType",
    "webhooks.Receiver(port='80')": "port takes the number of a port, from 0, not '80'",
    "webhooks.Receiver(on_event='x')": "on_event takes a function, not 'x'",
    "Sandbox(port='x')": "port takes the number of a port, from 0, not 'x'",
    "Sandbox(speed='x')": "speed takes a number above 0, not 'x'",
    "Sandbox(media='big')": "media takes 'full' or 'tiny', not 'big'",
    "Sandbox(balance='x')": "balance='x' is no amount of USD",
    "Sandbox(allow_hosts='a.b')": "allow_hosts takes a list of names, not 'a.b'; put it in a list",
}


def evaluated(expression: str, **names: Any) -> object:
    made = eval(expression, {**NAMES, **names})
    if not inspect.isawaitable(made):
        return made

    async def wait() -> object:
        return await made

    return asyncio.run(wait())


def refused(expression: str, says: str, **names: Any) -> None:
    with pytest.raises((ModelHunterError, TypeError, ValueError)) as caught:
        evaluated(expression, **names)
    assert says in str(caught.value)
    assert "object at 0x" not in str(caught.value)


def test_there_are_enough() -> None:
    assert len(MAKING) + len(SENDING) + len(BESIDE) >= 75


@pytest.mark.parametrize("Client", [ModelHunter, AsyncModelHunter])
@pytest.mark.parametrize(("expression", "says"), MAKING.items())
def test_of_a_constructor(expression: str, says: str, Client: Any) -> None:
    refused(expression, says, Client=Client)


@pytest.mark.parametrize("Client", [ModelHunter, AsyncModelHunter])
@pytest.mark.parametrize(("expression", "says"), SENDING.items())
def test_of_a_method(
    modelhunter_mock: Any, registry: Any, expression: str, says: str, Client: Any
) -> None:
    """The mock fails if anything is sent."""
    refused(expression, says, mh=Client(KEY, registry=registry))
    assert modelhunter_mock.journal == []


@pytest.mark.parametrize(("expression", "says"), BESIDE.items())
def test_of_what_stands_beside_the_client(expression: str, says: str) -> None:
    refused(expression, says)


def test_the_key_is_in_no_error() -> None:
    with pytest.raises(InvalidArgument) as caught:
        ModelHunter(api_key=[KEY])  # type: ignore[arg-type]
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("kind", [TypeError, ValueError, modelhunter.ConfigurationError])
def test_who_catches_what_python_raises_catches_it(kind: type[Exception]) -> None:
    with pytest.raises(kind):
        ModelHunter(timeout="60")  # type: ignore[arg-type]
