"""A venue's adapter and its embedded exchange in front of recorded bars: the wire of a replay.

Rules: whoever replays brings the model, whose time and prices are its own; here are the bytes. The bars stand
as they are told: each is served whole, as a candle of its frame. A bar that is missing, or a price that the
venue could not have, cannot be told on its wire and is refused by name. Nothing is lost on the line, and no
request takes time.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from trader.core.abilities import Abilities
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.ports import Venue
from trader.core.text import utc
from trader.exchange.model import Model
from trader.exchange.prices import MINUTE_MS, Bar
from trader.exchange.rules import Market, Rules
from trader.parts import Link, parts_of
from trader.parts.embedded import in_memory, take_sides
from trader.sim.bars import joined
from trader.sim.clock import ManualClock
from trader.sim.feed import Feed
from trader.sim.line import Line
from trader.sim.mount import Mount

LABEL = "main"
TIMEOUT_S = 10.0


class Columns(Protocol):
    """The bars of one coin as plain numbers, oldest first."""

    @property
    def frame_ms(self) -> int: ...

    @property
    def open_ms(self) -> Sequence[int]: ...

    @property
    def rows(self) -> Sequence[Sequence[float]]:
        """Open, high, low, close, volume of each."""
        ...


class Recording:
    """One coin's bars as minutes: all that a bar brings is in its first one. Fulfils `MinuteBars`."""

    def __init__(self, columns: Columns) -> None:
        self._length = columns.frame_ms // MINUTE_MS
        self._opens = [at_ms // MINUTE_MS for at_ms in columns.open_ms]
        self._rows = columns.rows

    @property
    def first_minute(self) -> int | None:
        return self._opens[0]

    def span(self, first: int, count: int) -> Bar:
        end, parts = first + count, []
        while first < end:
            place = bisect_right(self._opens, first) - 1
            until = min(end, self._opens[place] + self._length if place >= 0 else self._opens[0])
            parts.append(self._part(place, first))
            first = until if until > first else end
        return parts[0] if len(parts) == 1 else joined(parts)

    def _part(self, place: int, first: int) -> Bar:
        """What is left of a bar at this minute; beside the bars nothing moves."""
        if place < 0:
            price = self._rows[0][0]
        elif first == self._opens[place]:
            return Bar(*self._rows[place])
        else:
            price = self._rows[place][3]
        return Bar(price, price, price, price, 0.0)


@frozen
class Account:
    """Whose account is replayed, and what it begins with."""

    equity: Decimal
    two_sided: bool
    isolated: frozenset[str]
    trigger: str


class RecordedLine:
    """One venue's bytes between the program and an exchange that somebody else moves."""

    def __init__(
        self, venue: str, abilities: Abilities, bars: Mapping[str, Columns], account: Account
    ) -> None:
        self._parts = parts_of(venue)
        self._abilities = abilities
        self._account = account
        self._coins = frozenset(bars)
        self._keys = self._parts.paper_keys(LABEL)
        start_ms = min(columns.open_ms[0] for columns in bars.values())
        self._exchange = in_memory(
            self._parts.dialect(),
            Feed({coin: Recording(columns) for coin, columns in bars.items()}),
            label=LABEL,
            start_ms=start_ms,
            equity=account.equity,
        )
        self.user = self._exchange.user
        for coin, columns in bars.items():
            _require_tellable(coin, columns, self.markets)

    @property
    def markets(self) -> tuple[Market, ...]:
        """The venue's markets as its embedded exchange lists them."""
        return self._exchange.model.markets

    @property
    def rules(self) -> Rules:
        return self._exchange.model.rules

    def answer_with(self, model: Model) -> None:
        """From here on this exchange answers; the account has its first money in it."""
        dialect = self._exchange.dialect
        self._exchange.venue.model = model
        self._exchange.venue.declare(dialect.identity(LABEL), equity=self._account.equity)
        take_sides(model, self.user, two_sided=self._account.two_sided)

    def adapter(self, at_ms: int) -> Venue:
        """What a process has in hand that begins at this moment: an adapter that has read nothing yet."""
        clock, parts = ManualClock(at_ms), self._parts
        return parts.adapter(
            Link(
                Mount(Line(self._exchange.app), clock),
                clock,
                account_id=self._keys.account_id,
                pen=parts.pen(self._keys, practice=False),
                base_url=parts.base_url(practice=False, region="global"),
                timeout=lambda asked_s: min(asked_s, TIMEOUT_S),
                abilities=self._abilities,
                isolated=self._account.isolated,
                trigger=self._account.trigger,
                coins=self._coins,
            )
        )


def _require_tellable(coin: str, columns: Columns, markets: Sequence[Market]) -> None:
    """The first bar that the venue's candles could not say as it is."""
    market = next(market for market in markets if market.coin == coin)
    expected_ms = columns.open_ms[0]
    for open_ms, row in zip(columns.open_ms, columns.rows, strict=True):
        if open_ms != expected_ms:
            raise ConfigError(
                f"--wire: {coin}: the bar of {utc(expected_ms)} is missing, and a venue's candles have no "
                "gaps; give bars without gaps, choose another span, or leave --wire out"
            )
        expected_ms = open_ms + columns.frame_ms
        odd = next((price for price in row[:4] if round(price, market.price_decimals) != price), None)
        if odd is not None:
            raise ConfigError(
                f"--wire: {coin}: {utc(open_ms)}: a price of {odd} has more decimals than the venue's "
                f"{market.price_decimals}; give the venue's own bars, or leave --wire out"
            )
