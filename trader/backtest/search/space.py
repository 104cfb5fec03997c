"""Which fields of the configuration are varied over which values.

Rules: values stay the text that `--set` would take, so that a combination can be tried again by hand. An axis
written as a list is taken in its order; a span `low:high:step` counts from low and ends at or below high, in
decimal steps without rounding. The combinations of a grid have fixed numbers, the last axis turning fastest.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from math import prod

from trader.core.errors import ConfigError
from trader.core.frozen import frozen

Combination = tuple[tuple[str, str], ...]
VALUES_MAX = 100_000


@frozen
class Span:
    """From low to high, both included where the steps meet high."""

    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def count(self) -> int:
        return int((self.high - self.low) / self.step) + 1

    def at(self, index: int) -> str:
        return format(self.low + index * self.step, "f")


@frozen
class Axis:
    """One field and its values; `span` where they are the steps of one, so that nearness means something."""

    path: str
    values: tuple[str, ...]
    span: Span | None = None


@frozen
class Space:
    """All axes together."""

    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        return prod(len(axis.values) for axis in self.axes)

    def at(self, number: int) -> Combination:
        """The combination of this number, counted from 0."""
        found: list[tuple[str, str]] = []
        for axis in reversed(self.axes):
            number, index = divmod(number, len(axis.values))
            found.append((axis.path, axis.values[index]))
        return tuple(reversed(found))

    def of(self, indices: Sequence[int]) -> Combination:
        """The combination of these places, one an axis."""
        return tuple((a.path, a.values[i]) for a, i in zip(self.axes, indices, strict=True))

    def neighbours(self, combination: Combination) -> list[Combination]:
        """Those that differ by one step of one axis that is a span."""
        found = []
        for place, axis in enumerate(self.axes):
            if axis.span is None:
                continue
            here = axis.values.index(combination[place][1])
            for index in (here - 1, here + 1):
                if 0 <= index < len(axis.values):
                    value = (axis.path, axis.values[index])
                    found.append((*combination[:place], value, *combination[place + 1 :]))
        return found


def space_of(texts: Sequence[str]) -> Space:
    """Axes as they stand on the command line; ConfigError says what is wrong with one."""
    axes = tuple(axis_of(text) for text in texts)
    paths = [axis.path for axis in axes]
    if not axes:
        raise ConfigError(
            "--vary: nothing to search: expected PATH=VALUES, for example "
            "markets.BTC.params.range_bars=24:96:12"
        )
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise ConfigError(f"--vary {twice[0]}: named twice: give all its values at once")
    below = [(a, b) for a in paths for b in paths if a != b and b.startswith(f"{a}.")]
    if below:
        raise ConfigError(
            f"--vary {below[0][1]}: {below[0][0]} is varied too, and holds it: vary one of them"
        )
    return Space(axes)


def axis_of(text: str) -> Axis:
    """One axis: `path=a,b,c` or `path=low:high:step`."""
    path, equals, said = text.partition("=")
    path = path.strip()
    if not equals or not all(path.split(".")):
        raise ConfigError(
            f"--vary {text}: expected PATH=VALUES, for example markets.BTC.params.range_bars=24:96:12"
        )
    if ":" in said:
        span = _span(path, said)
        return Axis(path, tuple(span.at(index) for index in range(span.count)), span)
    values = tuple(one.strip() for one in said.split(","))
    if not all(values):
        raise ConfigError(f"--vary {path}: an empty value in {said!r}: expected values between commas")
    if len(set(values)) < len(values):
        raise ConfigError(f"--vary {path}: a value stands twice in {said!r}: name each once")
    return Axis(path, values)


def _span(path: str, said: str) -> Span:
    parts = said.split(":")
    try:
        low, high, step = (Decimal(part.strip()) for part in parts)
    except (ValueError, InvalidOperation) as error:
        raise ConfigError(f"--vary {path}: {said!r} is no span: expected low:high:step in numbers") from error
    if not (low.is_finite() and high.is_finite() and step.is_finite()) or step <= 0 or high < low:
        raise ConfigError(f"--vary {path}: {said!r}: expected low at most high, and a step above zero")
    span = Span(low, high, step)
    if span.count > VALUES_MAX:
        raise ConfigError(f"--vary {path}: {said!r} has {span.count:,} values: at most {VALUES_MAX:,}")
    return span
