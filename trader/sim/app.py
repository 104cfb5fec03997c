"""What a venue's dialect offers to the line that carries its requests."""

from collections.abc import Sequence
from typing import Protocol

from trader.core.wire import Answer, Request
from trader.sim.faults import Fault, Plan, Seen


class App(Protocol):
    """One embedded exchange speaking one venue's wire protocol."""

    def prepare(self, plan: Plan) -> None:
        """Learn which faults are coming; changes no answer."""
        ...

    def describe(self, request: Request) -> Seen:
        """What a fault rule may ask about this request; changes nothing."""
        ...

    def answer(self, request: Request, *, at_ms: int, client: str, lies: Sequence[Fault] = ()) -> Answer:
        """Let the market run to `at_ms`, perform the request and answer; `lies` are V faults to apply."""
        ...
