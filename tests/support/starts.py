"""The states in which a run may find an account, each a stage that stands just before that run.

Orders and trades that the trader did not send itself are put into the model by hand; those that are to
look like its own carry the next attempt of an id that it did send.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from tests.support.scenes import cancel_stops, stage, stage_with_position, stop_by_hand, trade_by_hand
from trader.exchange.orders import Order, OrderSpec, TriggerSpec
from trader.exchange.status import Tif, Trigger
from trader.rehearsal import Stage

PROTECT, STOP = 6, 3
_ROLE_SHIFT = 63
_DAY_S = 86_400.0
STEEP = ("sizing.leverage=40", "sizing.margin=isolated", "markets.BTC.sizing.position_ratio=0.3")


def own_stop(made: Stage) -> Order:
    """The stop that came with the entry."""
    return next(
        o
        for o in made.model.open_orders(made.user, "BTC")
        if o.trigger is not None and o.trigger.kind is Trigger.STOP
    )


def renumbered(cloid: str, *, attempt: int, role: int = PROTECT) -> str:
    """Another id of the same trade: its check sum is that of the documented layout."""
    from trader.core.identity import Identity, Role, decode, encode

    identity = decode(cloid)
    assert isinstance(identity, Identity)
    from dataclasses import replace

    return "0x" + encode(replace(identity, role=Role(role), attempt=attempt))


def put_own_stop(
    made: Stage,
    like: Order,
    *,
    trigger: str,
    size: Decimal | None = None,
    is_buy: bool = False,
    is_market: bool = True,
    attempt: int = 2,
) -> None:
    """A stop with an id of ours."""
    level = Decimal(trigger)
    price = level * (Decimal("1.1") if is_buy else Decimal("0.9")) if is_market else level
    spec = OrderSpec(
        "BTC",
        is_buy,
        price.quantize(Decimal(1)),
        like.sz if size is None else size,
        None,
        True,
        TriggerSpec(level, Trigger.STOP, is_market),
        renumbered(like.cloid or "", attempt=attempt),
    )
    placed = made.model.place(made.user, [spec])
    assert placed[0].reason is None, placed


def _replaced(**changes: object) -> Callable[[], Stage]:
    """A position whose one stop is not what it should be."""

    def build() -> Stage:
        made = stage_with_position()
        like = own_stop(made)
        cancel_stops(made, "BTC")
        put_own_stop(made, like, **changes)  # type: ignore[arg-type]
        return made

    return build


def _naked() -> Stage:
    made = stage_with_position()
    cancel_stops(made, "BTC")
    return made


def _undersized() -> Stage:
    made = stage_with_position()
    like = own_stop(made)
    cancel_stops(made, "BTC")
    put_own_stop(made, like, trigger="95659", size=Decimal("0.001"))
    return made


def _oversized() -> Stage:
    made = stage_with_position()
    like = own_stop(made)
    cancel_stops(made, "BTC")
    put_own_stop(made, like, trigger="95659", size=like.sz * 3)
    return made


def _beyond_liquidation() -> Stage:
    """Bought by the trader's own hand at a leverage that its file would refuse."""
    made = stage_with_position()
    like = own_stop(made)
    made.model.set_leverage(made.user, "BTC", value=40, is_cross=True)
    trade_by_hand(made, "BTC", f"-{made.size('BTC')}")
    made.model.set_leverage(made.user, "BTC", value=40, is_cross=False)
    spec = OrderSpec("BTC", True, Decimal(110_000), like.sz, Tif.IOC, False, None, entry_of(made))
    assert made.model.place(made.user, [spec])[0].reason is None
    put_own_stop(made, like, trigger="95659")
    made.pass_time(1)
    return made


def entry_of(made: Stage) -> str:
    """An entry's id of a signal long ago, so that it is one more trade and not a second entry."""
    from dataclasses import replace

    from trader.core.identity import Identity, decode, encode

    found = next(f.cloid for f in made.model.fills(made.user) if f.cloid)
    identity = decode(found)
    assert isinstance(identity, Identity)
    older = replace(identity, reference=identity.reference - 30, bar_minute=identity.bar_minute - 30)
    return "0x" + encode(older)


def _orphan() -> Stage:
    made = stage_with_position()
    like = own_stop(made)
    trade_by_hand(made, "BTC", f"-{made.size('BTC')}")
    put_own_stop(made, like, trigger="95659")
    made.pass_time(1)
    return made


def _orphan_and_signal() -> Stage:
    made = stage(("BTC",))
    from trader.core.identity import Identity, Role, encode
    from trader.core.market import Leg

    old = Identity(made.tag, "BTC", 1, Leg.LONG, Role.STOP, 29_000_000, 29_000_000)
    spec = OrderSpec(
        "BTC",
        False,
        Decimal(85_000),
        Decimal("0.003"),
        None,
        True,
        TriggerSpec(Decimal(94_000), Trigger.STOP, True),
        "0x" + encode(old),
    )
    assert made.model.place(made.user, [spec])[0].reason is None
    return made


def _foreign_position() -> Stage:
    made = stage(("BTC",))
    trade_by_hand(made, "ETH", "0.1")
    return made


def _foreign_and_its_stop() -> Stage:
    made = stage(("BTC",))
    trade_by_hand(made, "BTC", "0.001")
    stop_by_hand(made, "BTC", "90000", "0.001")
    return made


def _foreign_stop_only() -> Stage:
    """The human took our stop off and put his own."""
    made = stage_with_position()
    size = made.size("BTC")
    cancel_stops(made, "BTC")
    stop_by_hand(made, "BTC", "96000", str(size))
    return made


def _mixed() -> Stage:
    made = stage_with_position()
    trade_by_hand(made, "BTC", "0.001")
    made.pass_time(1)
    return made


def _mixed_naked() -> Stage:
    made = _mixed()
    cancel_stops(made, "BTC")
    return made


def _two_stops() -> Stage:
    made = stage_with_position()
    put_own_stop(made, own_stop(made), trigger="96500")
    return made


def _two_stops_same() -> Stage:
    made = stage_with_position()
    put_own_stop(made, own_stop(made), trigger="95659")
    return made


def _reentered(*, wrong_side: bool, right_side: bool) -> Stage:
    """A later trade found a stop of an earlier one, whose leg was the other, still there."""
    made = stage_with_position()
    like = own_stop(made)
    trade_by_hand(made, "BTC", f"-{made.size('BTC')}")
    made.pass_time(1)
    if wrong_side:
        put_own_stop(made, like, trigger="104000", is_buy=True)
    spec = OrderSpec("BTC", True, Decimal(110_000), like.sz, Tif.IOC, False, None, entry_of(made))
    assert made.model.place(made.user, [spec])[0].reason is None
    if right_side:
        put_own_stop(made, like, trigger="95659", attempt=3)
    made.pass_time(60)
    return made


def _stop_limit_too() -> Stage:
    """A good stop, and beside it a tighter one that may not fill."""
    made = stage_with_position()
    put_own_stop(made, own_stop(made), trigger="97000", is_market=False)
    return made


def _halted() -> Stage:
    made = _naked()
    made.host.halted = "halted by hand"
    return made


def _old(covered: bool) -> Callable[[], Stage]:
    def build() -> Stage:
        made = stage_with_position()
        made.pass_time(8 * _DAY_S)
        if not covered:
            cancel_stops(made, "BTC")
        return made

    return build


def _three_naked() -> Stage:
    made = stage(("BTC", "ETH", "SOL"))
    made.host.run()
    assert len(made.coins_held()) == 3
    for coin in made.coins_held():
        cancel_stops(made, coin)
    made.pass_time(60)
    return made


STARTS: Mapping[str, Callable[[], Stage]] = {
    "flat": lambda: stage(()),
    "signal": lambda: stage(("BTC",)),
    "three signals": lambda: stage(("BTC", "ETH", "SOL")),
    "position": stage_with_position,
    "naked": _naked,
    "three naked": _three_naked,
    "undersized": _undersized,
    "oversized": _oversized,
    "wrong side": lambda: _reentered(wrong_side=True, right_side=False),
    "wrong side too": lambda: _reentered(wrong_side=True, right_side=True),
    "beyond liquidation": _beyond_liquidation,
    "orphan": _orphan,
    "orphan and signal": _orphan_and_signal,
    "foreign position": _foreign_position,
    "foreign position and stop": _foreign_and_its_stop,
    "foreign stop only": _foreign_stop_only,
    "mixed": _mixed,
    "mixed naked": _mixed_naked,
    "stop-limit only": _replaced(trigger="95659", is_market=False),
    "stop-limit too": _stop_limit_too,
    "two stops": _two_stops,
    "two same stops": _two_stops_same,
    "halted and naked": _halted,
    "old and covered": _old(True),
    "old and naked": _old(False),
}
