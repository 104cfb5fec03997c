"""What the page's scripts draw, as one JSON text that cannot end the element it stands in.

Rules: columns, not rows, and times as runs of equal steps, so that fifty thousand bars stay small. A value
that is not finite is refused by name where it must be one, and null where nothing is known. Names are made
printable. `<`, `>`, `&` and the two line ends that only JavaScript knows are spelled out, so no text closes
the script element.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

from trader.core.errors import Malformed
from trader.core.text import printable
from trader.report.page.curves import depths
from trader.report.page.document import Coin, Curve, Deal, LevelMove, Page
from trader.report.page.thinning import kept, thinned

_SPELLED = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_LINE_DIGITS = 9  # of an indicator: what a screen shows ends long before


def payload(page: Page) -> tuple[str, list[str]]:
    """The JSON, and what was put together to keep it drawable."""
    shown = [thinned(coin) for coin in page.coins]
    document = {
        "coins": [_coin(coin) for coin, _ in shown],
        "deals": [_deal(i, deal) for i, deal in enumerate(page.deals)],
        "moves": [_move(move) for move in page.moves],
        "curves": [_curve(curve) for curve in page.curves],
    }
    text = json.dumps(document, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.translate(_SPELLED), [said for _, said in shown if said is not None]


def runs(at_ms: Sequence[int], step_ms: int) -> list[list[int]]:
    """[first moment, how many] of each stretch in which one value follows another after exactly a step."""
    found: list[list[int]] = []
    for moment in at_ms:
        if found and found[-1][0] + found[-1][1] * step_ms == moment:
            found[-1][1] += 1
        else:
            found.append([moment, 1])
    return found


def _coin(coin: Coin) -> dict[str, Any]:
    columns = {"o": coin.open, "h": coin.high, "l": coin.low, "c": coin.close}
    return {
        "name": printable(coin.name),
        "frame": coin.frame_ms,
        "runs": runs(coin.open_ms, coin.frame_ms),
        **{name: [_finite(v, f"{coin.name}, bars") for v in column] for name, column in columns.items()},
        "lines": [
            {"name": printable(each.name), "v": [_brief(v) for v in each.values]} for each in coin.lines
        ],
    }


def _deal(place: int, deal: Deal) -> dict[str, Any]:
    return {
        "n": place + 1,
        "coin": printable(deal.coin),
        "strategy": printable(deal.strategy),
        "leg": printable(deal.leg),
        "from": deal.entry_ms,
        "entry": _known(deal.entry_price),
        "to": deal.exit_ms,
        "exit": _known(deal.exit_price),
        "reason": printable(deal.reason),
        "size": _known(deal.size),
        "fee": _known(deal.fee),
        "funding": _known(deal.funding),
        "pnl": _known(deal.pnl),
        "share": _known(deal.pnl_fraction),
        "open": deal.undecidable,
    }


def _move(move: LevelMove) -> list[float | int | None]:
    return [move.deal, move.at_ms, _known(move.stop), _known(move.target)]


def _curve(curve: Curve) -> dict[str, Any]:
    equity = [_finite(value, f"the account's value ({curve.name})") for value in curve.equity]
    places, below = kept(equity), depths(equity)
    return {
        "name": printable(curve.name),
        "t": [curve.at_ms[i] for i in places],
        "v": [_brief(equity[i]) for i in places],
        "d": [round(below[i], 6) for i in places],
    }


def _finite(value: float, what: str) -> float:
    if not math.isfinite(value):
        raise Malformed(f"{what}: {value} is no number that can be drawn; give a finite one, or leave it out")
    return value


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _brief(value: float | None) -> float | None:
    known = _known(value)
    return None if known is None else float(f"{known:.{_LINE_DIGITS}g}")
