"""An embedded exchange as rehearsals and paper runs use it, whichever dialect it speaks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from trader.exchange.model import Model
from trader.parts import Keys
from trader.sim.app import App


class Running(Protocol):
    """A dialect's state, as far as time and ground truth go."""

    @property
    def model(self) -> Model: ...

    def run_to(self, at_ms: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange with one paper account; fulfils `Embedded`."""

    app: App
    venue: Any
    user: str
    new_keys: Callable[[str], Keys]
    close: Callable[[], None] = lambda: None

    @property
    def model(self) -> Model:
        running: Running = self.venue
        return running.model

    def run_to(self, at_ms: int) -> None:
        running: Running = self.venue
        running.run_to(at_ms)

    def further_keys(self, label: str) -> Keys:
        return self.new_keys(label)
