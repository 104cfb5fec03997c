"""Reads the account until one reading tells a single story, or says that there is none.

After a write the venue's lists may trail each other. A reading is believed when position, fills and what was
done agree; what never agrees is handed on as the last whole reading, or as nothing. What failed on the way
is trouble only when nothing could be read in the end.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from trader.core.errors import Denied, Malformed, TraderError, Unavailable
from trader.core.market import Leg, Market, Slot
from trader.core.orders import Kind, Order, Unreadable
from trader.core.ownership import Doubt, share
from trader.core.policy import Policy
from trader.core.ports import Env
from trader.core.report import Done
from trader.core.snapshot import Holdings
from trader.cover import is_tighter
from trader.recall import recalled
from trader.settle import unconfirmed

READ_ATTEMPTS_MAX = 6
FIRST_PAUSE_S = 0.25
PAUSE_MAX_S = 4.0
ROUNDED = Decimal("0.001")  # of a level: a venue may round it, and is not fought over that
JUST_MS = 10_000  # longer than one round of an observation takes


def agreed_holdings(env: Env, slot: Slot, policy: Policy, done: Sequence[Done] = ()) -> Holdings | None:
    """A reading in which the slot's position, its fills and what was done tell one story, or None."""

    def agrees(holdings: Holdings) -> bool:
        is_told = not isinstance(share(holdings, slot, policy), Doubt) or is_lasting(holdings, slot, policy)
        return is_told and slot not in unconfirmed(holdings, done)

    holdings = read_until(env, agrees)
    if holdings is None or isinstance(share(holdings, slot, policy), Doubt):
        return None
    return None if slot in unconfirmed(holdings, done) else holdings


def is_lasting(holdings: Holdings, slot: Slot, policy: Policy) -> bool:
    """Whether a slot is in doubt and another reading would not help. Beside a fill of this very moment it
    may: its position was read before, and its beginning looks out of sight."""
    mine = share(holdings, slot, policy)
    newest = max((fill.at_ms for fill in holdings.fills_in(slot)), default=0)
    return isinstance(mine, Doubt) and mine.lasting and newest <= holdings.at_ms - JUST_MS


def read_until(env: Env, agrees: Callable[[Holdings], bool]) -> Holdings | None:
    """Read until a reading is whole and agrees with itself, or the last whole one when the time is up."""
    last: Holdings | None = None
    failed: TraderError | None = None
    pause = FIRST_PAUSE_S
    for _ in range(READ_ATTEMPTS_MAX):
        found = _read_once(env)
        if isinstance(found, Holdings):
            last, failed = found, None
            if agrees(found):
                return found
        else:
            failed = found
        if env.deadline.remaining_s() <= pause:
            break
        env.clock.sleep(pause)
        pause = min(2 * pause, PAUSE_MAX_S)
    if failed is not None:
        env.trouble.append(failed)
    return last


def _read_once(env: Env) -> Holdings | TraderError:
    try:
        holdings = recalled(env.venue, env.venue.inspect(env.fills_back_ms))
        holdings = displaced(holdings, env.asked)
    except (Unavailable, Denied, Malformed) as error:
        return error
    for part in (holdings.orders, holdings.fills):
        if isinstance(part, Unreadable):
            return Unavailable(f"{part.what} could not be read: {part.why}")
    return holdings


def displaced(holdings: Holdings, asked: Mapping[str, Decimal]) -> Holdings:
    """The same reading, with each stop marked that stands farther from price than this process asked."""
    if isinstance(holdings.orders, Unreadable):
        return holdings
    orders = tuple(_marked(order, asked.get(order.client_id or "")) for order in holdings.orders)
    return holdings if orders == holdings.orders else replace(holdings, orders=orders)


def _marked(order: Order, asked: Decimal | None) -> Order:
    if asked is None or order.kind is not Kind.STOP or order.trigger is None:
        return order
    leg = Leg.LONG if order.side is Leg.LONG.closing else Leg.SHORT
    nearly = asked * (1 - ROUNDED * leg.sign)
    return replace(order, asked=asked) if is_tighter(nearly, order.trigger, leg) else order


def our_part(holdings: Holdings | None, slot: Slot, policy: Policy) -> Decimal | None:
    """Our signed share of a slot's position; None when it is not known."""
    if holdings is None or isinstance(holdings.fills, Unreadable):
        return None
    mine = share(holdings, slot, policy)
    return None if isinstance(mine, Doubt) else mine.ours


def market_of(env: Env, coin: str) -> Market | None:
    """The coin's rules; one coin that has none now must not keep the others from their stops."""
    try:
        return env.venue.market(coin)
    except (Unavailable, Denied, Malformed) as error:
        env.trouble.append(error)
        return None
