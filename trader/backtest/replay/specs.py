"""Orders of the program as orders of the exchange.

Rules: `side` is the leg that an order names in an account with two sides, None elsewhere; `source` is the
price that fires what waits for one.
"""

from decimal import Decimal

from trader.core.actions import Close, Enter, PlaceExit, Rest
from trader.core.identity import Role
from trader.core.market import Leg
from trader.exchange.orders import OrderSpec, TriggerSpec
from trader.exchange.status import Tif, Trigger


def entry_spec(action: Enter | Rest, side: str | None, source: str) -> OrderSpec:
    """The order that opens."""
    trigger = None
    if isinstance(action, Rest) and action.trigger is not None:
        trigger = TriggerSpec(action.trigger, Trigger.STOP, True, source)
    return OrderSpec(
        coin=action.coin,
        is_buy=action.leg is Leg.LONG,
        px=action.bound if isinstance(action, Enter) else action.price,
        sz=action.size,
        tif=Tif.GTC,
        trigger=trigger,
        cloid=action.client_id,
        leg=side,
    )


def exit_specs(action: Enter | Rest, side: str | None, source: str) -> list[OrderSpec]:
    """The exits that go along with an entry."""
    specs: list[OrderSpec] = []
    if action.stop_id is not None:
        stop = TriggerSpec(action.stop, Trigger.STOP, True, source)
        specs.append(_exit(action, stop, action.stop_bound, action.size, action.stop_id, side))
    if isinstance(action, Enter) and action.target is not None and action.target_id is not None:
        target = TriggerSpec(action.target, Trigger.TAKE, True, source)
        bound = action.target_bound or Decimal(0)
        specs.append(_exit(action, target, bound, action.size, action.target_id, side))
    return specs


def exit_spec(action: PlaceExit, side: str | None, source: str) -> OrderSpec:
    """A stop or a target of a position; size 0 is the whole of it."""
    kind = Trigger.TAKE if action.role is Role.TARGET else Trigger.STOP
    trigger = TriggerSpec(action.trigger, kind, True, source)
    return _exit(action, trigger, action.bound, action.size or Decimal(0), action.client_id, side)


def _exit(
    action: Enter | Rest | PlaceExit,
    trigger: TriggerSpec,
    bound: Decimal,
    size: Decimal,
    client_id: str,
    side: str | None,
) -> OrderSpec:
    return OrderSpec(
        coin=action.coin,
        is_buy=action.leg is Leg.SHORT,
        px=bound,
        sz=size,
        tif=None,
        reduce_only=True,
        trigger=trigger,
        cloid=client_id,
        leg=side,
    )


def close_spec(action: Close, side: str | None) -> OrderSpec:
    """The order that leaves a position."""
    return OrderSpec(
        coin=action.coin,
        is_buy=action.leg is Leg.SHORT,
        px=action.bound,
        sz=action.size,
        tif=Tif.GTC,
        reduce_only=True,
        cloid=action.client_id,
        leg=side,
    )
