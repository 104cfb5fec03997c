"""What the venue holds now: the account, each position with its stops, and what else rests there.

Rules: it describes and does not judge; whether a stop really covers is `trader check-sl`'s to say. A part
that could not be read is said to be unreadable, never shown as empty.
"""

from typing import Any

from trader.core.market import Leg
from trader.core.orders import Kind, Order, Unreadable
from trader.core.ownership import Doubt, share
from trader.core.policy import Policy
from trader.core.snapshot import Holdings, Position, Snapshot
from trader.core.text import average, estimate, number, order_text, percent, plural, signed_usd, usd, utc
from trader.report.tables import Table, drawn

SCHEMA = "trader.status/1"
_POSITIONS = (
    "coin",
    "leg",
    "size>",
    "entry>",
    "mark>",
    "USD>",
    "P&L>",
    "stop>",
    "target>",
    "liquidation>",
    "whose",
)
_SPARE = ("USD>",)
_IN_ROWS = (Kind.STOP, Kind.TARGET)


def status_text(realm: str, snapshot: Snapshot, policy: Policy, halted: str | None) -> str:
    """The account in two lines, the positions as a table, and the rest in lines below."""
    held = snapshot.holdings
    title = f"{realm} {snapshot.venue} {snapshot.account_id} at {utc(held.at_ms)}"
    lines = [_account(held), halted or "entries are allowed", *_problems(snapshot), *_further_orders(held)]
    rows = tuple(_row(p, held, policy) for p in _in_order(held))
    if not rows:
        lines.append("no position is open")
    return drawn(Table(title, _POSITIONS, rows, tuple(lines), _SPARE)).rstrip("\n")


def _in_order(held: Holdings) -> list[Position]:
    """By coin, the long leg first."""
    return sorted(held.positions, key=lambda p: str(p.slot))


def is_well(snapshot: Snapshot) -> bool:
    """Everything could be read, and each position has a live stop: nothing that a person must see."""
    held = snapshot.holdings
    return not _problems(snapshot) and all(_exits(p, held, Kind.STOP) for p in held.positions)


def status_json(
    realm: str, snapshot: Snapshot, policy: Policy, halted: str | None, halted_since_ms: int | None = None
) -> dict[str, Any]:
    """The same for scripts; null is what could not be read."""
    held = snapshot.holdings
    readable = not isinstance(held.orders, Unreadable)
    return {
        "schema": SCHEMA,
        "realm": realm,
        "venue": snapshot.venue,
        "account_id": snapshot.account_id,
        "venue_ms": held.at_ms,
        "two_sided": snapshot.two_sided,
        "halted": halted,
        "halted_since_ms": halted_since_ms,
        "account_problem": snapshot.account_problem,
        "equity": str(held.account.equity),
        "margin_used": str(held.account.margin_used),
        "maintenance": str(held.account.maintenance),
        "positions": [_position_json(p, held, policy) for p in _in_order(held)],
        "orders": [_order_json(o) for o in held.orders] if not isinstance(held.orders, Unreadable) else None,
        "orders_readable": readable,
    }


def _account(held: Holdings) -> str:
    account = held.account
    text = f"equity {usd(account.equity)} USD, margin used {usd(account.margin_used)}"
    if account.equity > 0:
        text += f" ({percent(account.margin_used / account.equity)})"
    return f"{text}, maintenance {usd(account.maintenance)}"


def _problems(snapshot: Snapshot) -> list[str]:
    found = [snapshot.account_problem] if snapshot.account_problem else []
    for part in (snapshot.holdings.orders, snapshot.holdings.fills):
        if isinstance(part, Unreadable):
            found.append(f"{part.what} could not be read: {part.why}")
    return found


def _further_orders(held: Holdings) -> list[str]:
    """Orders that do not stand in the row of a position: entries that wait, and what is in flat slots."""
    if isinstance(held.orders, Unreadable):
        return []
    shown = {o.order_id for p in held.positions for kind in _IN_ROWS for o in _exits(p, held, kind)}
    further = [o for o in held.orders if o.order_id not in shown]
    further.sort(key=lambda o: (str(o.slot), -o.level))
    lines = [f"  {o.slot} {order_text(o)}{'' if o.opens else ', can only reduce'}" for o in further]
    return [f"{plural(len(further), 'further order')}:", *lines] if further else []


def _level(order: Order) -> str:
    return number(order.level)


def _exits(position: Position, held: Holdings, kind: Kind) -> list[Order]:
    """Live exits of one kind on the closing side."""
    closing = position.leg.closing
    return [o for o in held.orders_in(position.slot) if o.kind is kind and o.side is closing and o.is_armed]


def _levels(position: Position, held: Holdings, kind: Kind, *, nothing: str) -> str:
    if isinstance(held.orders, Unreadable):
        return "?"
    return ", ".join(_level(o) for o in _exits(position, held, kind)) or nothing


def _whose(position: Position, held: Holdings, policy: Policy) -> str:
    found = share(held, position.slot, policy)
    if isinstance(held.fills, Unreadable) or isinstance(found, Doubt):
        return "?"
    if found.foreign == 0:
        return "ours"
    return "not ours" if found.ours == 0 else f"{number(abs(found.ours))} ours"


def _row(position: Position, held: Holdings, policy: Policy) -> tuple[str, ...]:
    sign = "" if position.leg is Leg.LONG else "-"
    return (
        position.coin,
        position.leg.value,
        f"{sign}{number(abs(position.size))}",
        average(position.entry_price),
        number(position.mark),
        usd(position.notional),
        signed_usd(position.unrealised),
        _levels(position, held, Kind.STOP, nothing="NONE"),
        _levels(position, held, Kind.TARGET, nothing="none"),
        "none" if position.liquidation is None else estimate(position.liquidation),
        _whose(position, held, policy),
    )


def _position_json(position: Position, held: Holdings, policy: Policy) -> dict[str, Any]:
    def triggers(kind: Kind) -> list[str] | None:
        if isinstance(held.orders, Unreadable):
            return None
        return [_trigger(o) for o in _exits(position, held, kind)]

    return {
        "coin": position.coin,
        "leg": position.leg.value,
        "size": str(position.size),
        "entry_price": str(position.entry_price),
        "mark": str(position.mark),
        "notional": str(position.notional),
        "unrealised": str(position.unrealised),
        "stops": triggers(Kind.STOP),
        "targets": triggers(Kind.TARGET),
        "liquidation": None if position.liquidation is None else str(position.liquidation),
        "whose": _whose(position, held, policy),
    }


def _trigger(order: Order) -> str:
    return str(order.level)


def _order_json(order: Order) -> dict[str, Any]:
    return {
        "coin": order.coin,
        "kind": order.kind.value,
        "side": order.side.value,
        "size": str(order.size),
        "price": None if order.price is None else str(order.price),
        "trigger": None if order.trigger is None else str(order.trigger),
        "leg": order.leg.value if order.leg is not None else None,
        "filled": str(order.filled),
        "armed": order.is_armed,
        "expires_ms": order.expires_ms,
        "order_id": order.order_id,
        "client_id": order.client_id,
        "reduce_only": order.reduce_only,
        "position_bound": order.position_bound,
    }
