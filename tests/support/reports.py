"""Reports as a run would make them, small and readable; what a test does not name is ordinary."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.support.builders import FRAME_MS, a_position, a_snapshot, a_stop, a_view, an_id, holdings
from trader.core.actions import Close, Enter, PlaceExit
from trader.core.candles import Candles
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Fill
from trader.core.report import Exit, Flat, Protected, Report, Verdict, Verified
from trader.core.snapshot import Account, Holdings, Position, Snapshot
from trader.core.target import Stay

NOON_MS = 1_763_726_400_000
"""2025-11-21 12:00:00 UTC."""


def bars(coin: str = "BTC", *, until_ms: int = NOON_MS, count: int = 100, seed: float = 0.0) -> Candles:
    """Closed bars that end at a moment; a moment has the same bar whatever the window."""
    opened = tuple(until_ms - FRAME_MS * (count - i) for i in range(count))
    close = tuple(99_000.0 + (t // FRAME_MS % 977) * 1.1 + seed for t in opened)
    high, low = tuple(c * 1.003 for c in close), tuple(c / 1.003 for c in close)
    return Candles(coin, FRAME_MS, opened, close, high, low, close, tuple(c / 7 for c in close))


def held(
    *positions: Position, fills: tuple[Fill, ...] = (), at_ms: int = NOON_MS, equity: str = "1000.5"
) -> Holdings:
    """A reading in which each position stands behind a stop of ours."""
    orders = [a_stop(coin=p.coin, order_id=f"stop-{p.coin}") for p in positions]
    account = Account(Decimal(equity), Decimal(333), Decimal(10))
    return holdings(positions, orders, fills, at_ms=at_ms, account=account)


def a_long(coin: str = "BTC", size: str = "0.01") -> Position:
    return a_position(size, coin, liquidation=Decimal(68_000), mark=Decimal(101_000))


def seen(reading: Holdings | None = None, *, count: int = 100, seed: float = 0.0) -> Snapshot:
    reading = reading or held()
    until = reading.at_ms - reading.at_ms % FRAME_MS
    view = a_view(candles=bars(until_ms=until, count=count, seed=seed))
    return a_snapshot(reading, {"BTC": view}, venue="hyperliquid", local_ms=reading.at_ms + 20)


def a_report(reading: Holdings | None = None, **changes: Any) -> Report:
    """A run that saw this, wanted nothing and proved what is open."""
    snapshot = seen(reading)
    if changes.get("snapshot") is not None:
        snapshot = changes["snapshot"]
    reading = snapshot.holdings
    proofs = tuple(Protected(p.coin, p.size, (f"stop-{p.coin}",), Decimal(96_000)) for p in reading.positions)
    report = Report(
        command="run",
        realm="paper",
        venue="hyperliquid",
        account="main",
        started_ms=reading.at_ms,
        ended_ms=reading.at_ms + 2_100,
        snapshot=snapshot,
        verdict=Verdict({"BTC": Stay("no break of the range")}, (), ()),
        done=(),
        verified=Verified(proofs, holdings=reading),
        codes=frozenset({Exit.OK}),
        requests={"info": 5},
    )
    return replace(report, **changes)


def an_entry(coin: str = "BTC", *, at_ms: int = NOON_MS) -> Enter:
    return Enter(
        coin=coin,
        leg=Leg.LONG,
        size=Decimal("0.01"),
        bound=Decimal(100_300),
        stop=Decimal(96_000),
        stop_bound=Decimal(86_400),
        target=Decimal(107_000),
        target_bound=Decimal(96_300),
        client_id=an_id(Role.ENTRY, coin),
        stop_id=an_id(Role.STOP, coin),
        target_id=an_id(Role.TARGET, coin),
        signal_ms=at_ms - FRAME_MS,
        signal_close_ms=at_ms,
        mark=Decimal(100_000),
        reason="high broke the range",
    )


def a_stop_move(coin: str = "BTC", role: Role = Role.TRAIL) -> PlaceExit:
    level, bound = Decimal(98_000), Decimal(88_200)
    return PlaceExit(coin, Leg.LONG, role, None, level, bound, an_id(role, coin), "trailed the best price")


def a_close(coin: str = "BTC", role: Role = Role.CLOSE_TIME) -> Close:
    size, bound = Decimal("0.01"), Decimal(90_000)
    return Close(coin, Leg.LONG, role, size, bound, an_id(role, coin), "held for 60 h")


def emergency_flat(coin: str = "BTC") -> Flat:
    return Flat(coin, "no stop could be placed", emergency=True)
