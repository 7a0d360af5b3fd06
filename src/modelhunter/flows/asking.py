"""Running what a plugin's backend asks its API: one call, or several in steps."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from modelhunter.errors import ModelHunterError, PluginError, TimedOut, UnsafeLink
from modelhunter.plugins.backend import PutFile
from modelhunter.plugins.messages import summary
from modelhunter.runtime.call import Call
from modelhunter.runtime.error_responses import date_of
from modelhunter.runtime.flow import RunInThread, Sleep
from modelhunter.runtime.paging import own_target
from modelhunter.runtime.send import answered

if TYPE_CHECKING:
    from datetime import datetime

    from modelhunter.runtime.flow import Flow
    from modelhunter.runtime.session import Session

Put = Callable[[PutFile], "Flow[None]"]


@define
class Asking:
    """One question to a provider's own API, such as how a job stands.

    ``what`` names the backend's function in messages, ``plugin`` whose it is. ``session`` bounds
    all the calls together. ``put`` sends a file to a link. ``date`` is the API's time of day as its
    last answer had it.
    """

    plugin: str
    what: str
    session: Session
    put: Put | None = None
    date: datetime | None = field(default=None, init=False)

    def run(self, function: Callable[..., object], *given: Any) -> Flow[Any]:
        """What a backend's function comes to.

        Raises:
            PluginError: it failed, or returned neither a call nor steps.
            APIError, TransportError, UnexpectedResponse: a call failed, and it let that pass.
        """
        try:
            asked = function(*given)
        except ModelHunterError:
            raise
        except Exception as error:
            raise self._blamed(f"failed: {summary(error)}") from error
        if isinstance(asked, Call):
            return (yield from self._send(asked))
        if isinstance(asked, Generator):
            return (yield from self._steps(asked))
        raise self._blamed(f"is {type(asked).__name__}, neither a Call nor the steps of several")

    def _steps(self, steps: Generator[Any, Any, Any]) -> Flow[Any]:
        value: Any = None
        trouble: ModelHunterError | None = None
        try:
            while True:
                error, sent = trouble, value
                trouble = value = None
                try:
                    step = steps.send(sent) if error is None else steps.throw(error)
                except StopIteration as end:
                    return end.value
                except ModelHunterError:
                    raise
                except Exception as failure:
                    raise self._blamed(f"failed: {summary(failure)}") from failure
                try:
                    value = yield from self._done(step)
                except ModelHunterError as caught:
                    trouble = caught
        finally:
            steps.close()

    def _done(self, step: object) -> Flow[Any]:
        if isinstance(step, Call):
            return (yield from self._send(step))
        if isinstance(step, PutFile) and self.put is not None:
            return (yield from self.put(step))
        if isinstance(step, (Sleep, RunInThread)):
            return (yield step)
        raise self._blamed(f"yields {type(step).__name__}, which is no step of it")

    def _send(self, call: Call[Any]) -> Flow[Any]:
        until = self.session.until
        if until is not None and self.session.clock.monotonic() >= until:
            raise TimedOut(
                f"{call.method} {call.path}: nothing was sent, as the time for {self.what} was up",
                delivered="no",
            )
        value, response = yield from answered(self._on_its_own_ground(call), self.session)
        self.date = date_of(response) or self.date
        return value

    def _on_its_own_ground(self, call: Call[Any]) -> Call[Any]:
        """The call with its link below the API's address, as the key goes with it.

        Raises:
            UnsafeLink: it leads elsewhere.
        """
        if call.link is None or "://" not in call.link.partition("?")[0]:
            return call
        target, where = own_target(self.session, evolve(call, link=None), call.link)
        if target is None:
            raise UnsafeLink(
                f"{call.method} {call.path}: the link of an answer leads to {where}, and the API "
                f"is at {self.session.origin}{self.session.base_path}; nothing was sent there, as "
                "the key would have gone along"
            )
        return evolve(call, link=target)

    def _blamed(self, why: str) -> PluginError:
        return PluginError(f"{self.plugin}: {self.what} of its backend {why}")
