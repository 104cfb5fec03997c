"""The breakers: what the account has been through stops new risk, and never a stop or a target.

A rule answers None or why not, in words that name the number, the limit, the window and what to do. Reaching
a limit trips it. Two kinds: those of the account, which also call off the entries of ours that rest, and
failures, which do so in their coin.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from trader.core.actions import Enter, Rest
from trader.core.candles import DAY_MS
from trader.core.market import exact
from trader.core.orders import Found, Status, Unreadable
from trader.core.ownership import is_opening
from trader.core.policy import Policy
from trader.core.standing import Standing
from trader.core.text import percent, plural, usd, utc
from trader.rules.book import Book

RESUME = "entries wait for `trader resume`"


def past(entry: Enter | Rest, book: Book) -> str | None:
    """Without the record of the account's money nothing may be concluded from it."""
    money = book.standing.money
    return money if isinstance(money, str) else None


def ended(entry: Enter | Rest, book: Book) -> str | None:
    """Without the orders that have ended, failures cannot be counted; and what it tells of as live the lists
    must show, or nobody could say what may fill beside this entry."""
    record = book.snapshot.ended
    if record is None:
        return "the record of orders that have ended was not read"
    if isinstance(record, Unreadable):
        return f"{record.what} could not be read: {record.why}"
    hidden = next(_unlisted(entry.coin, record, book), None)
    return None if hidden is None else f"entry {hidden} of ours is live, and no list of the venue shows it"


def _unlisted(coin: str, record: Sequence[Found], book: Book) -> Iterator[str]:
    listed = {order.order_id for order in book.snapshot.holdings.orders_of(coin)}
    for found in record:
        order = found.order
        is_ours = order.coin == coin and is_opening(order.client_id, book.policy.account_tag)
        if is_ours and found.status is Status.LIVE and order.order_id not in listed:
            yield order.order_id


def daily_loss(entry: Enter | Rest, book: Book) -> str | None:
    return _daily_loss(book.standing, book.policy)


def drawdown(entry: Enter | Rest, book: Book) -> str | None:
    return _drawdown(book.standing, book.policy, book.snapshot.venue_ms)


def streak(entry: Enter | Rest, book: Book) -> str | None:
    return _streak(book.standing, book.policy)


def emergency_closes(entry: Enter | Rest, book: Book) -> str | None:
    return _emergency_closes(entry.coin, book.standing, book.policy)


def dead_stops(entry: Enter | Rest, book: Book) -> str | None:
    return _dead_stops(entry.coin, book.standing, book.policy)


def tripped(standing: Standing, policy: Policy, now_ms: int) -> Mapping[str, str]:
    """The breakers of the account that are tripped, and why; what could not be read trips nothing."""
    found = {
        "daily_loss": _daily_loss(standing, policy),
        "drawdown": _drawdown(standing, policy, now_ms),
        "losing_streak": _streak(standing, policy),
    }
    return {rule: why for rule, why in found.items() if why is not None}


def tripped_coins(standing: Standing, policy: Policy) -> Mapping[str, Mapping[str, str]]:
    """The same of the breakers that stop one coin: coin to rule to why."""
    rules: dict[str, Callable[[str, Standing, Policy], str | None]] = {
        "emergency_closes": _emergency_closes,
        "dead_stops": _dead_stops,
    }
    found: dict[str, dict[str, str]] = {}
    for coin in sorted({*standing.emergency_closes, *standing.dead_stops}):
        for rule, judge in rules.items():
            why = judge(coin, standing, policy)
            if why is not None:
                found.setdefault(coin, {})[rule] = why
    return found


def _daily_loss(standing: Standing, policy: Policy) -> str | None:
    money, limit = standing.money, policy.limits.daily_loss_max
    if isinstance(money, str) or limit is None or money.day_loss < limit:
        return None
    return (
        f"{usd(money.day_loss)} USD were lost since {utc(money.day_ms)} (closed, fees and funding "
        f"{usd(money.day_gain)}, open {usd(money.open_profit)}), limits.daily_loss_max is {limit}; "
        f"entries wait until {utc(money.day_ms + DAY_MS)}"
    )


def _drawdown(standing: Standing, policy: Policy, now_ms: int) -> str | None:
    money, limit = standing.money, policy.limits.drawdown_fraction_max
    if isinstance(money, str) or limit is None or money.fall.fraction < exact(limit):
        return None
    days = plural(policy.limits.drawdown_days, "day")
    since = utc(money.fall.since_ms)
    whole = money.fall.since_ms <= now_ms - policy.limits.drawdown_days * DAY_MS
    window = f"over {days}" if whole else f"since {since}"
    return (
        f"the account stands {percent(money.fall.fraction)} below its top {window}, deposits and withdrawals "
        f"aside, limits.drawdown_fraction_max is {limit}; {RESUME}, which begins a new window"
    )


def _streak(standing: Standing, policy: Policy) -> str | None:
    limit = policy.limits.losing_streak_max
    if limit is None or standing.streak < limit:
        return None
    return (
        f"the last {plural(standing.streak, 'trade')} since {utc(standing.streak_since_ms)} lost, "
        f"limits.losing_streak_max is {limit}; {RESUME}"
    )


def _emergency_closes(coin: str, standing: Standing, policy: Policy) -> str | None:
    count = standing.emergency_closes.get(coin, 0)
    happened = f"{coin} was closed in an emergency {plural(count, 'time')}"
    return _failed(count, policy.limits.emergency_closes_max, "emergency_closes_max", happened, standing)


def _dead_stops(coin: str, standing: Standing, policy: Policy) -> str | None:
    count = standing.dead_stops.get(coin, 0)
    happened = f"{plural(count, 'stop')} of ours in {coin} died"
    return _failed(count, policy.limits.dead_stops_max, "dead_stops_max", happened, standing)


def _failed(count: int, limit: int, name: str, happened: str, standing: Standing) -> str | None:
    if count < limit:
        return None
    return f"{happened} since {utc(standing.failures_since_ms)}, limits.{name} is {limit}; {RESUME} or a day"
