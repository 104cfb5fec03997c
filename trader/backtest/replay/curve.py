"""The account at each close of a replay."""

from dataclasses import dataclass


@dataclass(slots=True)
class Curve:
    """Its value, and at how many closes something was held."""

    at_ms: list[int]
    equity: list[float]
    held: int = 0

    def add(self, at_ms: int, value: float, *, is_held: bool) -> None:
        self.at_ms.append(at_ms)
        self.equity.append(value)
        self.held += is_held

    def end(self, value: float, *, is_held: bool) -> None:
        """What is left after the last close; `is_held`: what was held there has been closed."""
        if self.equity:
            self.equity[-1] = value
            self.held -= is_held
