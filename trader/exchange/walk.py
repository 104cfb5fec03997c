"""The walk through time: quiet minutes are skipped, others are searched to the millisecond.

Between the corners of a minute's path everything that can happen depends on prices that move one way, so
each condition, once met, stays met until it is acted on: the first instant is found by bisection, what is
due then is done in the order in which the path met the levels, and the search goes on from there. One long
walk and many short ones therefore do the same things at the same instants.
"""

from decimal import Decimal

from trader.exchange.engine import Engine
from trader.exchange.ledger import pay_funding, sample
from trader.exchange.levels import levels
from trader.exchange.lifecycle import end
from trader.exchange.liquidation import liquidate, nearness
from trader.exchange.margin import is_liquidatable
from trader.exchange.matching import fill_resting, is_reached
from trader.exchange.orders import Order, Quote
from trader.exchange.prices import CORNERS_MS, MINUTE_MS
from trader.exchange.quotes import quote_at, source_price
from trader.exchange.status import Kind, Status
from trader.exchange.triggers import fire, is_due, is_held_back

HOUR_MS = 3_600_000
LAST_MS = MINUTE_MS - 1
# More actions than this in one instant is a flaw of ours: each of them ends or shrinks an order.
ACTIONS_MAX = 100_000


class Runaway(RuntimeError):
    """The exchange found something due again and again in one instant: a flaw of the model."""


def advance(engine: Engine, to_ms: int) -> None:
    """Let everything happen up to and including `to_ms`."""
    state = engine.state
    engine.forget_path()
    if to_ms <= state.now_ms:
        return
    minute = state.now_ms - state.now_ms % MINUTE_MS
    walk_minute(engine, minute, to_ms)
    while state.now_ms < to_ms:
        minute += MINUTE_MS
        if minute > to_ms:
            break
        if minute % HOUR_MS == 0:
            engine.enter_minute(minute)
            state.now_ms = minute
            on_hour(engine)
        walk_minute(engine, minute, to_ms)
    engine.enter_minute(state.now_ms - state.now_ms % MINUTE_MS)
    engine.emit(Kind.CLOCK, "", "")


def on_hour(engine: Engine) -> None:
    """Funding where it is due, and a sample of every account, at the first instant of an hour."""
    if engine.now_ms % engine.rules.funding_interval_ms == 0:
        pay_funding(engine)
    for user in sorted(engine.state.accounts):
        sample(engine, user)
    engine.changed()
    engine.emit(Kind.CLOCK, "", "")
    settle(engine)


def walk_minute(engine: Engine, minute: int, to_ms: int) -> None:
    """From now, or from the first instant of the minute, to its end or to `to_ms`."""
    state = engine.state
    stop = min(to_ms, minute + LAST_MS)
    if stop <= state.now_ms:
        return
    if is_quiet(engine, minute) and not expires_by(engine, stop):
        state.now_ms = stop
        return
    engine.enter_minute(minute)
    if state.now_ms < minute:
        state.now_ms = minute
        settle(engine)
    for corner in CORNERS_MS[1:]:
        end = min(minute + corner, stop)
        while state.now_ms < end:
            step_to(engine, end)


def is_quiet(engine: Engine, minute: int) -> bool:
    """Does the whole minute stay between the levels?"""
    if engine.levels_stale:
        redraw(engine)
    if stays_inside(engine, minute):
        return True
    redraw(engine)
    return stays_inside(engine, minute)


def expires_by(engine: Engine, at_ms: int) -> bool:
    """Does an order end by itself until then? The levels are fresh."""
    return engine.next_expiry_ms is not None and engine.next_expiry_ms <= at_ms


def redraw(engine: Engine) -> None:
    """Find the levels around the prices of now, and the next order that ends by itself."""
    engine.levels = levels(engine)
    ends = [order.expires_ms for order in engine.state.orders.values() if order.expires_ms is not None]
    engine.next_expiry_ms = min(ends, default=None)
    engine.levels_stale = False


def stays_inside(engine: Engine, minute: int) -> bool:
    """Compare each watched coin's bar with its levels."""
    bar_of = engine.prices.minute
    for coin, (low, high) in engine.levels.items():
        bar = bar_of(coin, minute)
        if bar.low <= low or bar.high >= high:
            return False
    return True


def step_to(engine: Engine, end: int) -> None:
    """Go on to `end`, on the same straight pieces, or to the first instant at which something is due."""
    if not anything_due(engine, end):
        engine.state.now_ms = end
        return
    quiet, due = engine.state.now_ms, end
    while due - quiet > 1:
        middle = (quiet + due) // 2
        if anything_due(engine, middle):
            due = middle
        else:
            quiet = middle
    engine.state.now_ms = due
    settle(engine)


def anything_due(engine: Engine, at_ms: int) -> bool:
    """Is an order or a liquidation due at the prices of that instant?"""
    return bool(due_orders(engine, at_ms)) or bool(due_users(engine, at_ms))


def due_orders(engine: Engine, at_ms: int) -> list[Order]:
    """Orders that act at the prices of that instant, or whose time has come."""
    quotes: dict[str, Quote] = {}
    found = []
    for order in engine.state.orders.values():
        if order.expires_ms is not None and order.expires_ms <= at_ms:
            found.append(order)
            continue
        if order.waiting and not order.armed:
            continue
        if order.coin not in quotes:
            quotes[order.coin] = quote_at(engine, order.coin, at_ms)
        quoted = quotes[order.coin]
        if acts(order, quoted) if order.waiting else is_reached(engine, order, quoted):
            found.append(order)
    return found


def acts(order: Order, quoted: Quote) -> bool:
    """Does a conditional order fire at these prices?"""
    return is_due(order, watched(order, quoted)) and not is_held_back(order, quoted)


def watched(order: Order, quoted: Quote) -> Decimal:
    """The price that fires this conditional order."""
    return quoted.mark if order.trigger is None else source_price(quoted, order.trigger.source)


def due_users(engine: Engine, at_ms: int) -> list[str]:
    """Users whose equity is below maintenance at the prices of that instant."""
    return [user for user in sorted(engine.state.accounts) if is_liquidatable(engine, user, at_ms)]


def settle(engine: Engine) -> None:
    """Do what is due now, one thing at a time, in the order in which the path met the levels."""
    for _ in range(ACTIONS_MAX):
        if not act(engine):
            return
    raise Runaway(f"more than {ACTIONS_MAX} actions at {engine.now_ms} ms: orders stay due after they acted")


def act(engine: Engine) -> bool:
    """Do the next thing that is due; false when nothing is."""
    now = engine.now_ms
    orders, users = due_orders(engine, now), due_users(engine, now)
    if not orders and not users:
        return False
    for order in orders:
        if order.expires_ms is not None and order.expires_ms <= now:
            end(engine, order.oid, Status.EXPIRED)
            return True
    steps: list[tuple[float, int, int, str]] = []
    for order in orders:
        level = order.trigger.px if order.waiting and order.trigger is not None else order.px
        was = previous_path(engine, order.coin)
        steps.append((abs(float(level) - was) / was, 0, order.oid, ""))
    for user in users:
        held = {position.coin for position in engine.account(user).positions.values()}
        was_at = {coin: previous_path(engine, coin) for coin in held}
        steps.append((nearness(engine, user, was_at), 1, 0, user))
    _, is_user, oid, user = min(steps)
    if is_user:
        liquidate(engine, user)
    elif engine.state.orders[oid].waiting:
        fire(engine, oid)
    else:
        fill_resting(engine, oid)
    return True


def previous_path(engine: Engine, coin: str) -> float:
    """The path price one millisecond ago; before a minute's first instant, the close of the minute before."""
    now = engine.now_ms
    if now % MINUTE_MS == 0:
        return engine.prices.minute(coin, now - MINUTE_MS).close
    return engine.path(coin, now - 1)
