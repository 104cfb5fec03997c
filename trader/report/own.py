"""What an account went through, from its own records: the trade log and the running tally, as page and JSON.

Rules: nothing is remembered and nothing is taken from a configuration: fills and payments of the venue, and
the ids of our orders. Money that came or went is no part of the tally, which is told from closed trades of
ours alone. What the strategy meant and how it was carried out are totalled apart.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from trader.core.candles import DAY_MS, HOUR_MS, Candles
from trader.core.identity import STRATEGY_NUMBERS
from trader.core.reasons import STRATEGY_REASONS
from trader.core.text import plural, signed_percent, signed_usd, usd, utc, utc_day
from trader.report.page.curves import depths, drawdowns, months
from trader.report.page.document import Coin, Curve, Deal, Figure, LevelMove, Line, Page
from trader.report.standing import stood
from trader.report.story import Story
from trader.report.tables import Table
from trader.report.trade_table import trade_json, trades_json
from trader.report.trades import Totals, Trade, totals

SCHEMA = "trader.report/1"
TALLY = "closed trades"
STEPS_MAX = 1_000  # of a picture's time: about one for each pixel
_STRATEGIES = {number: name for name, number in STRATEGY_NUMBERS.items()}
_APART = {"strategy": "by the strategy", "execution": "outside the strategy", "all": "all"}


def strategy_of(trade: Trade) -> str:
    """The strategy that entered, as the id of its order says."""
    return "?" if trade.opened is None else _STRATEGIES.get(trade.opened.strategy, "?")


def tally(story: Story) -> list[tuple[int, Decimal]]:
    """The account without open trades, after each closed one: it begins with what would lead to now."""
    closed = [(t.exit_ms, t.pnl) for t in story.ours if t.exit_ms is not None and t.pnl is not None]
    value = story.equity - story.unrealised - sum((pnl for _, pnl in closed), Decimal(0))
    points = [(story.since_ms, value)]
    for at_ms, pnl in sorted(closed, key=lambda pair: pair[0]):
        value += pnl
        points.append((at_ms, value))
    points.append((story.now_ms, value))
    return points


def page_of(story: Story) -> Page:
    deals = tuple(_deal(trade) for trade in story.ours)
    moves = [
        LevelMove(place, one.at_ms, _float(one.stop), _float(one.target))
        for place, trade in enumerate(story.ours)
        for one in stood(trade, story.exits)
    ]
    return Page(
        title=f"{story.account}: trades of an account",
        subtitle=f"{story.realm} on {story.venue}, {utc_day(story.since_ms)} to {utc(story.now_ms)[:16]} UTC",
        figures=_figures(story),
        facts=_facts(story),
        notes=(*story.notes, *_others(story)),
        coins=tuple(_coin(candles, story.lines.get(candles.coin, ())) for candles in story.candles),
        deals=deals,
        moves=tuple(moves),
        curves=(_even(story),),
        tables=(apart_table(story.trades),),
    )


def json_of(story: Story) -> dict[str, Any]:
    """The same for scripts; amounts are exact."""
    curve = _curve(story)
    own = [
        trade_json(t)
        | {"strategy": strategy_of(t), "signal_ms": None if t.opened is None else t.opened.signal_ms}
        for t in story.ours
    ]
    return {
        "schema": SCHEMA,
        "realm": story.realm,
        "venue": story.venue,
        "account": story.account,
        "since_ms": story.since_ms,
        "now_ms": story.now_ms,
        "equity": str(story.equity),
        "unrealised": str(story.unrealised),
        "trades": own,
        "totals": trades_json(story.trades)["totals"],
        "tally": [[at_ms, str(value)] for at_ms, value in tally(story)],
        "months": [{"year": m.year, "month": m.month, "fraction": m.fraction} for m in months(curve)],
        "drawdowns": [
            {"from_ms": d.peak_ms, "low_ms": d.trough_ms, "to_ms": d.recovered_ms, "fraction": d.fraction}
            for d in drawdowns(curve)
        ],
        "notes": [*story.notes, *_others(story)],
    }


def apart_table(trades: Sequence[Trade]) -> Table:
    """Closed trades of ours: what the strategy meant, and how it was carried out."""
    rows = tuple(_total_row(_APART[name], total) for name, total in totals(trades).items())
    said = f"by the strategy: {', '.join(sorted(STRATEGY_REASONS))}; everything else is outside it"
    return Table("Strategy and execution", ("ended", "trades>", "fees>", "funding>", "P&L>"), rows, (said,))


def _total_row(name: str, total: Totals) -> tuple[str, ...]:
    return (
        name,
        f"{total.count:,}",
        signed_usd(-total.fee),
        signed_usd(total.funding),
        signed_usd(total.pnl),
    )


def _figures(story: Story) -> tuple[Figure, ...]:
    closed = totals(story.trades)["all"]
    known = [t.pnl for t in story.ours if t.pnl is not None]
    worst = min(depths(_curve(story).equity), default=0.0)
    won = f"{sum(p > 0 for p in known) / len(known) * 100:.0f} %" if known else "none yet"
    return (
        Figure("equity now", usd(story.equity)),
        Figure("closed trades", signed_usd(closed.pnl), _tone(closed.pnl)),
        Figure("open trades", signed_usd(story.unrealised), _tone(story.unrealised)),
        Figure("trades", f"{closed.count:,}"),
        Figure("won", won),
        Figure(
            "drawdown",
            signed_percent(worst) if worst < -0.0005 else "0.0 %",
            "bad" if worst < 0 else "",
        ),
        Figure("fees", signed_usd(-closed.fee)),
        Figure("funding", signed_usd(closed.funding)),
    )


def _facts(story: Story) -> tuple[tuple[str, str], ...]:
    days = (story.now_ms - story.since_ms) / DAY_MS
    return (
        ("account", f"{story.account} ({story.realm} on {story.venue})"),
        ("window", f"{days:.0f} days, {utc(story.since_ms)} to {utc(story.now_ms)}"),
        (
            "source",
            "the venue's own fills, payments and orders; strategies and reasons are read off order ids",
        ),
        ("tally", "closed trades after fees and funding; deposits, withdrawals and open trades are no part"),
    )


def _others(story: Story) -> tuple[str, ...]:
    count = len(story.trades) - len(story.ours)
    return (f"left out: {plural(count, 'trade')} not ours (`trader trades` lists them)",) if count else ()


def _curve(story: Story) -> Curve:
    points = tally(story)
    return Curve(TALLY, [at_ms for at_ms, _ in points], [float(value) for _, value in points])


def _even(story: Story) -> Curve:
    """The tally with a value at every step of time too, so that a picture's time runs evenly."""
    points = tally(story)
    hours = (story.now_ms - story.since_ms) // HOUR_MS
    step_ms = HOUR_MS * (hours // STEPS_MAX + 1)
    moments = dict(points)
    place = 0
    for at_ms in range(story.since_ms - story.since_ms % step_ms + step_ms, story.now_ms, step_ms):
        while place + 1 < len(points) and points[place + 1][0] <= at_ms:
            place += 1
        moments.setdefault(at_ms, points[place][1])
    shown = sorted(moments.items())
    return Curve(TALLY, [at_ms for at_ms, _ in shown], [float(value) for _, value in shown])


def _coin(candles: Candles, lines: tuple[Line, ...]) -> Coin:
    prices = (candles.open, candles.high, candles.low, candles.close)
    return Coin(candles.coin, candles.frame_ms, candles.open_ms, *prices, lines)


def _deal(trade: Trade) -> Deal:
    return Deal(
        coin=trade.coin,
        strategy=strategy_of(trade),
        leg=trade.leg.value,
        entry_ms=trade.entry_ms,
        entry_price=_float(trade.entry_price),
        exit_ms=trade.exit_ms,
        exit_price=_float(trade.exit_price),
        reason=trade.reason,
        size=float(trade.size),
        fee=float(trade.fee),
        funding=float(trade.funding),
        pnl=_float(trade.pnl),
    )


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _tone(value: Decimal) -> str:
    return "good" if value > 0 else "bad" if value < 0 else ""
