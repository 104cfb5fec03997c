"""What an account held when its window began, as a replay of the window can begin with it.

Rules: a position of the file's own strategies whose entry is known from fills, all of which still stood. One
that was left in part before, or that somebody else's order changed, is not among them: its coin is named, and
what the replay does there counts as it comes.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from trader.backtest.study import Held
from trader.core.identity import Identity, Role
from trader.core.orders import Fill
from trader.core.policy import Policy
from trader.core.reasons import identity_of
from trader.report.drift_own import Window
from trader.report.trades import Trade

ZERO = Decimal(0)
Entry = tuple[str, Identity]


def held_at_start(
    trades: Sequence[Trade], fills: Sequence[Fill], policy: Policy, window: Window
) -> dict[Entry, Held]:
    """By coin and entry: signals of before the window whose position stood, or came, in its first bar."""
    parts: dict[Entry, list[Trade]] = {}
    for trade in trades:
        if trade.opened is not None and trade.opened.role is Role.ENTRY and trade.coin in policy.markets:
            parts.setdefault((trade.coin, trade.opened), []).append(trade)
    found = {}
    for (coin, signal), its in parts.items():
        if signal.signal_ms >= window.start_ms or not _stood(its, policy.markets[coin].frame_ms, window):
            continue
        held = _held(coin, signal, its, fills, policy.account_tag)
        if held is not None:
            found[coin, signal] = held
    return found


def _stood(parts: Sequence[Trade], frame_ms: int, window: Window) -> bool:
    """Was it entered by the first bar's close, and nothing of it left before the window?"""
    return all(
        part.entry_ms is not None
        and part.entry_ms < window.start_ms + frame_ms
        and (part.exit_ms is None or part.exit_ms >= window.start_ms)
        for part in parts
    )


def _held(
    coin: str, signal: Identity, parts: Sequence[Trade], fills: Sequence[Fill], account: int
) -> Held | None:
    """The entry as its own fills tell it; None where these are not all of the position."""
    its = [f for f in fills if f.coin == coin and identity_of(f.client_id, account) == signal]
    size = sum((fill.size for fill in its), ZERO)
    if size == 0 or size != sum((part.size for part in parts), ZERO):
        return None
    return Held(
        coin=coin,
        leg=parts[0].leg,
        size=size,
        entry_price=sum((fill.size * fill.price for fill in its), ZERO) / size,
        entry_at_ms=min(fill.at_ms for fill in its),
        fee=sum((fill.fee for fill in its), ZERO),
        client_id=its[0].client_id or "",
    )


def days_back(policy: Policy, days_ms: int) -> int:
    """How far back fills tell of everything that a strategy could still have held when the window began."""
    return days_ms + max(market.hold_ms_max + 2 * market.frame_ms for market in policy.markets.values())


def entered_alike(held: Mapping[Entry, Held]) -> str:
    """What a reader has to know of them."""
    coins = ", ".join(sorted({coin for coin, _ in held}))
    return (
        f"{coins}: held since before the window, or from a signal of before it: the replay begins with the "
        "account's own entry, and compares how it went on"
    )
