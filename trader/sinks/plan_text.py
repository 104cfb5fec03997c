"""What a plan would change, line by line, against the live orders: the text of `trader plan`.

    + would be sent      = is live and stays      - is live and would go      ! was wanted and is refused

Rules: each line names the coin, the size in coins and in USD, how far liquidation is, and the reason. The
distance of an entry that is not made yet is an estimate from the account's equity and says so.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from trader.core.actions import Action, AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.first_stops import naked_live, naked_placed
from trader.core.identity import Role, account_tag
from trader.core.market import Slot
from trader.core.orders import Order, Unreadable
from trader.core.ownership import is_opening
from trader.core.report import Verdict
from trader.core.snapshot import Leverage, Snapshot
from trader.core.target import Stay
from trader.core.text import number, order_text, percent, printable, usd
from trader.sinks.wording import action_text, exit_name, liquidation_text

_LINE_MAX = 1000
_ATTACHED = "attached to the entry"
_FIRST = "sent first, and read back live before the entry"
_AFTER = "placed when the entry has filled"


def diff_lines(verdict: Verdict, snapshot: Snapshot) -> list[str]:
    """The plan, coin by coin."""
    coins = {p.coin for p in snapshot.holdings.positions} | set(verdict.wants)
    coins |= {a.coin for a in verdict.approved} | {r.action.coin for r in verdict.refused}
    if isinstance(snapshot.holdings.orders, Unreadable):
        why = snapshot.holdings.orders.why
        return [f"! live orders could not be read: {printable(why)}; there is nothing to compare with"]
    coins |= {o.coin for o in snapshot.holdings.orders}
    snapshot = _with_planned_leverage(verdict, snapshot)
    lines = [line for coin in sorted(coins) for line in _coin_lines(coin, verdict, snapshot)]
    tripped = (f"! {printable(rule)}: {printable(why)}" for rule, why in sorted(verdict.tripped.items()))
    notes = (f"  {printable(note)}" for note in verdict.notes)
    return [*lines, *tripped, *notes, *_worst_case(verdict, snapshot)]


def _worst_case(verdict: Verdict, snapshot: Snapshot) -> Iterator[str]:
    """What would stand without a stop if every entry that waits filled before the next run."""
    gone = {a.order_id for a in verdict.approved if isinstance(a, Cancel)}
    account = account_tag(snapshot.account_id)
    orders = [] if isinstance(snapshot.holdings.orders, Unreadable) else snapshot.holdings.orders
    live = [o for o in orders if o.opens and o.order_id not in gone and is_opening(o.client_id, account)]
    bare = naked_live(live, snapshot)
    waits = sum((o.size * (o.level if o.price is None else o.price) for o in bare), Decimal(0))
    placed = naked_placed((a for a in verdict.approved if isinstance(a, Rest)), snapshot)
    waits += sum((a.size * a.price for a in placed), Decimal(0))
    refused = naked_placed((r.action for r in verdict.refused if isinstance(r.action, Rest)), snapshot)
    more = sum((a.size * a.price for a in refused), Decimal(0))
    if not waits + more:
        return
    also = f"; with what is refused {usd(waits + more)} USD" if more else ""
    yield f"  worst case: {usd(waits)} USD wait on the venue{also}"
    yield "  filled, they stand without a stop until a run; limits.naked_resting_notional_max bounds them"


def _with_planned_leverage(verdict: Verdict, snapshot: Snapshot) -> Snapshot:
    """The leverage that an entry of this plan will find."""
    views = dict(snapshot.markets)
    for action in verdict.approved:
        if isinstance(action, SetLeverage) and action.coin in views:
            setting = Leverage(action.leverage, action.cross)
            views[action.coin] = replace(views[action.coin], leverage=setting)
    return replace(snapshot, markets=views)


def _coin_lines(coin: str, verdict: Verdict, snapshot: Snapshot) -> Iterator[str]:
    gone = {a.order_id: a.reason for a in verdict.approved if isinstance(a, Cancel)}
    quiet = True
    for order in snapshot.holdings.orders_of(coin):
        quiet = False
        if order.order_id in gone:
            reason = gone[order.order_id]
            yield _line("-", str(order.slot), order_text(order), _order_scale(order, snapshot), reason)
        else:
            yield _line("=", str(order.slot), order_text(order), _order_scale(order, snapshot), "live, stays")
    for action in verdict.approved:
        if action.coin == coin and not isinstance(action, Cancel):
            quiet = False
            yield from _planned(action, snapshot)
    for refused in verdict.refused:
        if refused.action.coin == coin:
            quiet = False
            reason = f"refused by {refused.rule}: {refused.reason}"
            scale = _action_scale(refused.action, snapshot)
            yield _line("!", coin, action_text(refused.action), scale, reason)
    want = verdict.wants.get(coin)
    if quiet and want is not None:
        reason = want.reason if isinstance(want, Stay) else "nothing to change"
        yield f"  {printable(coin)}: {printable(reason)}"


def _line(sign: str, slot: str, what: str, scale: str, reason: str) -> str:
    parts = (f"{sign} {slot} {what}", scale, printable(reason))
    return printable("; ".join(part for part in parts if part), length_max=_LINE_MAX)


def _planned(action: Action, snapshot: Snapshot) -> Iterator[str]:
    scale = _action_scale(action, snapshot)
    if isinstance(action, Rest) and action.first_stop_id is not None:
        stop = _exit_text(Role.STOP, action.stop, action.size)
        money = _money(action.size, action.stop, scale)
        yield _line("+", action.coin, stop, money, "live before the entry that rests")
    yield _line("+", action.coin, action_text(action), scale, action.reason)
    if isinstance(action, Enter):
        abilities = snapshot.abilities
        stop = _exit_text(Role.STOP, action.stop, action.size)
        when = _ATTACHED if abilities.attach != "none" else _FIRST
        yield _line("+", action.coin, stop, _money(action.size, action.stop, scale), when)
        if action.target is not None:
            target = _exit_text(Role.TARGET, action.target, action.size)
            money = _money(action.size, action.target, scale)
            when = _ATTACHED if abilities.attaches_target else _AFTER
            yield _line("+", action.coin, target, money, when)


def _exit_text(role: Role, level: Decimal, size: Decimal) -> str:
    return f"{exit_name(role)} {number(size)} at {number(level)}"


def _money(size: Decimal, price: Decimal, scale: str) -> str:
    """The USD of another price with the liquidation part of the entry's scale."""
    return f"{usd(size * price)} USD, {scale.partition(', ')[2]}"


def _order_scale(order: Order, snapshot: Snapshot) -> str:
    size = _whole(order.slot, snapshot) if order.position_bound else order.size
    return f"{usd(size * order.level)} USD, {_liquidation(order.slot, snapshot)}"


def _whole(slot: Slot, snapshot: Snapshot) -> Decimal:
    """What an exit that is bound to the position would close."""
    position = snapshot.holdings.position_in(slot)
    return abs(position.size) if position is not None else Decimal(0)


def _action_scale(action: Action, snapshot: Snapshot) -> str:
    """The money of an action and how far liquidation is; nothing for one that moves none."""
    match action:
        case Enter():
            return f"{usd(action.size * action.mark)} USD, {_estimate(action, snapshot)}"
        case Cancel() | SetLeverage():
            return ""
        case Rest():
            size, price = action.size, action.price
        case PlaceExit() | AmendStop():
            sized = action.size if isinstance(action, PlaceExit) else None
            slot = snapshot.slot_of(action.coin, action.leg)
            size, price = _whole(slot, snapshot) if sized is None else sized, action.trigger
        case Close():
            size, price = action.size, action.bound
    slot = snapshot.slot_of(action.coin, action.leg)
    return f"{usd(size * price)} USD, {_liquidation(slot, snapshot)}"


def _liquidation(slot: Slot, snapshot: Snapshot) -> str:
    position = snapshot.holdings.position_in(slot)
    return "no position, no liquidation" if position is None else liquidation_text(position)


def _estimate(entry: Enter, snapshot: Snapshot) -> str:
    """Where liquidation would be with the margin that would stand behind this entry."""
    view = snapshot.markets.get(entry.coin)
    if view is None or not isinstance(view.leverage, Leverage) or entry.mark <= 0 or entry.size <= 0:
        return "liquidation not known before the fill"
    account = snapshot.holdings.account
    rate = view.market.tier(entry.size * entry.bound).maintenance_rate
    behind = (account.equity - account.maintenance) / (entry.size * entry.mark)
    if not view.leverage.cross:
        behind = Decimal(1) / view.leverage.leverage
    distance = (behind - rate) / (1 - rate * entry.leg.sign)
    if distance >= 1 and entry.leg.sign > 0:
        return "no liquidation price at this size (estimate)"
    return f"liquidation about {percent(max(distance, Decimal(0)))} away (estimate)"
