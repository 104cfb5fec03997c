"""What a page shows, as plain values: whoever has something to show fills a `Page` in.

Rules: numbers are plain floats in plain sequences and times UTC milliseconds; what is not known is None,
never zero. Texts are shown as they are: the page makes them harmless, so nobody has to before. A part that
is empty is left out of the page.

`trader.report.page.render.html_of(page)` makes the one file. Tables of trades, coins, reasons, months and
drawdowns are made by the page itself from deals and curves; `tables` are further ones.
"""

from collections.abc import Sequence

from trader.core.frozen import frozen
from trader.report.tables import Table


@frozen
class Line:
    """A line over a coin's bars, such as a band: one value a bar."""

    name: str
    values: Sequence[float | None]


@frozen
class Coin:
    """The bars of one coin, column by column, in time order; a bar that is missing is simply not there."""

    name: str
    frame_ms: int
    open_ms: Sequence[int]
    open: Sequence[float]
    high: Sequence[float]
    low: Sequence[float]
    close: Sequence[float]
    lines: tuple[Line, ...] = ()


@frozen
class Deal:
    """A trade; `exit_ms` is None while it is open. `leg` is "long" or "short", `reason` why it ended.

    `fee` is paid, `funding` received, `pnl` after both; `pnl_fraction` of the equity it was sized by.
    """

    coin: str
    strategy: str
    leg: str
    entry_ms: int | None
    entry_price: float | None
    exit_ms: int | None
    exit_price: float | None
    reason: str
    size: float
    fee: float
    funding: float
    pnl: float | None
    pnl_fraction: float | None = None
    undecidable: bool = False


@frozen
class LevelMove:
    """From this moment on the exits of a deal (by its place in `Page.deals`) stood here."""

    deal: int
    at_ms: int
    stop: float | None
    target: float | None


@frozen
class Curve:
    """An account's value over time, under one name: of one fill model, or the account's own."""

    name: str
    at_ms: Sequence[int]
    equity: Sequence[float]


@frozen
class Step:
    """One step of an audit: a whole run, what it returned, and what was assumed from here on."""

    name: str
    return_fraction: float
    deals: int
    text: str = ""


@frozen
class Figure:
    """A number that stands above everything else, ready to be read; `tone` is good, bad or neither."""

    label: str
    value: str
    tone: str = ""


@frozen
class Page:
    """Everything on one page. The first of `curves` is the one that months and drawdowns are told of; the
    deals are those that belong to it. `facts` are labels with values: what was run on what."""

    title: str
    subtitle: str = ""
    figures: tuple[Figure, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    coins: tuple[Coin, ...] = ()
    deals: tuple[Deal, ...] = ()
    moves: tuple[LevelMove, ...] = ()
    curves: tuple[Curve, ...] = ()
    audit: tuple[Step, ...] = ()
    tables: tuple[Table, ...] = ()
