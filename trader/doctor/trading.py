"""What the file wants to trade against what the venue and the account allow, before the first entry.

Rules: an entry is made up for each coin as a tick would make it, at the mark, with the file's stake and the
widest stop that its strategy has, and judged by the gate's own rules: nothing is counted a second time here.
The account is taken as flat, because what is open now says nothing about the file.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from math import inf

from trader.bounds import entry_bound, exit_bound
from trader.core.actions import Enter, Rest
from trader.core.first_stops import naked_live, naked_placed
from trader.core.frozen import frozen
from trader.core.market import Leg, Market, Trading, exact
from trader.core.orders import Unreadable
from trader.core.ownership import is_ours
from trader.core.policy import Policy
from trader.core.snapshot import MarketView, Snapshot
from trader.core.text import number, usd
from trader.doctor.findings import Finding, absent, failed, sound, warned
from trader.rules.book import Book, notional, resting_value
from trader.rules.conditions import leverage as leverage_allowed
from trader.rules.entries import ENTRY_RULES
from trader.rules.liquidation import fit
from trader.run import decide
from trader.settings import LOSS_LIMITS, Settings
from trader.strategies.registry import STRATEGIES
from trader.strategies.sizing import entry_notional

CAPS = (
    *("market_deviation", "notional", "coin_notional", "side_notional", "gross_notional", "net_notional"),
    *("leverage_used", "trade_loss", "positions"),
)
"""The rules of the gate that an entry into a flat account can pass or never will."""


@frozen
class Plan:
    """The account as read, and what the file wants of it."""

    settings: Settings
    snapshot: Snapshot
    policy: Policy

    def views(self) -> Iterator[tuple[str, MarketView, Decimal]]:
        """Each coin that was read, with its mark."""
        for coin, view in sorted(self.snapshot.markets.items()):
            if coin in self.settings.markets and not isinstance(view.quote, Unreadable):
                yield coin, view, view.quote.mark


def markets(plan: Plan) -> Finding:
    """Whether each coin is there and open, and what is counted in."""
    missing = [f"{coin}: {why}" for coin, why in sorted(plan.snapshot.missing.items())]
    if missing:
        return failed("; ".join(missing))
    for coin, view in sorted(plan.snapshot.markets.items()):
        if coin in plan.settings.markets and view.market.trading is not Trading.OPEN:
            return failed(f"{coin} is {view.market.trading.value.replace('_', ' ')} at the venue")
        if coin in plan.settings.markets and isinstance(view.quote, Unreadable):
            return failed(f"the prices of {coin} could not be read: {view.quote.why}")
    return sound("; ".join(_counted(view.market, mark) for _, view, mark in plan.views()))


def _counted(market: Market, mark: Decimal) -> str:
    coin = market.coin
    least = max(market.lot, market.size_min, market.notional_min / mark)
    least = (least / market.lot).to_integral_value(ROUND_CEILING) * market.lot
    unit = "" if market.contract == 1 else f"1 contract = {number(market.contract)} {coin}, "
    worth = f"least order {number(least)} {coin} ({usd(least * mark)} USD)"
    return f"{coin}: {unit}steps of {number(market.lot)} {coin}, {worth}"


def leverage(plan: Plan) -> Finding:
    """Whether the file's leverage can be set, and is what open positions have."""
    told: list[str] = []
    book = Book.of(_flat(plan.snapshot), plan.policy, None)
    for coin, view, _ in plan.views():
        setting, wanted = view.leverage, plan.policy.markets[coin].sizing
        why = leverage_allowed(_entry(plan, coin, Leg.LONG), book)
        if why is not None or isinstance(setting, Unreadable):
            return failed(f"{coin}: {why}")
        if setting is None:
            told.append(f"{coin} {wanted.leverage}x (each entry sets it)")
            continue
        same = setting.is_just(wanted.leverage, cross=wanted.cross)
        if not same and plan.snapshot.holdings.positions_of(coin):
            there = _levered(setting.leverage, is_cross=setting.cross)
            return failed(
                f"{coin} has {there} at the venue and a position open; "
                f"the file says {_levered(wanted.leverage, is_cross=wanted.cross)}"
            )
        told.append(f"{coin} {wanted.leverage}x" + ("" if same else " (the next entry sets it)"))
    return sound(", ".join(told))


def _levered(times: int, *, is_cross: bool) -> str:
    return f"{times}x {'cross' if is_cross else 'isolated'}"


def before_liquidation(plan: Plan) -> Finding:
    """Whether the widest stop of each coin acts before the venue would liquidate."""
    book = Book.of(_flat(plan.snapshot), plan.policy, None)
    told: list[str] = []
    cut: list[str] = []
    for coin, view, _ in plan.views():
        for leg in Leg:
            entry = _entry(plan, coin, leg)
            fitted = fit(entry, book) if entry.size > 0 else entry
            if isinstance(fitted, str):
                return failed(f"{coin} {leg.value}: {fitted}")
            if fitted.size < entry.size:
                cut.append(f"{coin} {leg.value} from {usd(notional(entry))} to {usd(notional(fitted))} USD")
        tier = view.market.tier(notional(entry))
        stop, rate = 100 * widest(plan, coin), 100 * tier.maintenance_rate
        told.append(f"{coin} stop {stop:.2f} %, maintenance {rate:.2f} %")
    if cut:
        return warned(f"the stake is cut to stay clear of liquidation: {', '.join(cut)}")
    return sound("; ".join(told))


def stake(plan: Plan) -> Finding:
    """Whether an entry is large enough for the venue."""
    told: list[str] = []
    for coin, view, mark in plan.views():
        size = view.market.size_down(_smallest(plan, coin, mark))
        worth = size * mark
        least = max(view.market.size_min * mark, view.market.notional_min)
        if size <= 0 or worth < least:
            wanted = _smallest(plan, coin, mark) * mark
            return failed(
                f"{coin}: an order of {usd(wanted)} USD is below the venue's least, {usd(least)} USD"
            )
        told.append(f"{coin} {usd(worth)} USD")
    return sound(", ".join(told))


def limits(plan: Plan) -> Finding:
    """Whether an entry into the flat account passes the file's caps, and whether its loss limits can trip."""
    book = Book.of(_flat(plan.snapshot), plan.policy, None)
    for coin in (coin for coin, _, _ in plan.views()):
        entry = _entry(plan, coin, Leg.LONG)
        if STRATEGIES[plan.settings.markets[coin].strategy].coins(plan.settings.markets[coin].params):
            continue  # its orders are small and many, and it trims them to caps of its own
        for name in CAPS:
            why = ENTRY_RULES[name](entry, book)
            if why is not None:
                return failed(f"no entry of {coin} can pass {name}: {why}")
    equity = plan.snapshot.holdings.account.equity
    deaf = [
        f"limits.{name} {usd(value)} USD"
        for name in LOSS_LIMITS
        if (value := getattr(plan.settings.limits, name)) is not None and value >= equity
    ]
    if deaf:
        return warned(f"{', '.join(deaf)}: not below the equity of {usd(equity)} USD, so it can hardly trip")
    return sound("an entry of each coin can pass")


def resting(plan: Plan) -> Finding:
    """How much could stand without a stop until the next run, if everything that rests filled now."""
    decision = decide(plan.snapshot, plan.policy, None)
    wanted = [a.action for a in decision.approved if isinstance(a.action, Rest)]
    wanted += [r.action for r in decision.refused if isinstance(r.action, Rest)]
    orders = plan.snapshot.holdings.orders
    live = [] if isinstance(orders, Unreadable) else [o for o in orders if o.opens]
    ours = [o for o in live if is_ours(o.client_id, plan.policy.account_tag)]
    if not wanted and not ours:
        return absent("no entry rests or is to rest now")
    worst = sum((resting_value(o) for o in naked_live(ours, plan.snapshot)), Decimal(0))
    worst += sum((notional(r) for r in naked_placed(wanted, plan.snapshot)), Decimal(0))
    limit = plan.policy.limits.naked_resting_notional_max
    told = f"in the worst case {usd(worst)} USD stand without a stop until the next run or check-sl"
    if worst > limit:
        return failed(f"{told}, above limits.naked_resting_notional_max {usd(limit)}: entries are refused")
    return sound(told if worst else "every part that fills has its stop at once")


def widest(plan: Plan, coin: str) -> float:
    """The widest stop of a coin's strategy, as a fraction of the entry."""
    market = plan.settings.markets[coin]
    return STRATEGIES[market.strategy].stop_widest(market.params)


def _flat(snapshot: Snapshot) -> Snapshot:
    """The same account with nothing open, nothing waiting and its margin free."""
    account = replace(snapshot.holdings.account, margin_used=Decimal(0), maintenance=Decimal(0))
    return replace(snapshot, holdings=replace(snapshot.holdings, account=account, positions=(), orders=()))


def _entry(plan: Plan, coin: str, leg: Leg) -> Enter:
    """The largest entry that the file would make of this coin now."""
    view, policy = plan.snapshot.markets[coin], plan.policy.markets[coin]
    mark = next(mark for name, _, mark in plan.views() if name == coin)
    stop = view.market.price(mark * (1 - exact(min(widest(plan, coin), 0.99)) * leg.sign))
    return Enter(
        coin=coin,
        leg=leg,
        size=view.market.size_down(_largest(plan, coin, mark)),
        bound=entry_bound(mark, leg, view.market, exact(policy.entries.slippage_max)),
        stop=stop,
        stop_bound=exit_bound(stop, leg, view.market),
        target=None,
        target_bound=None,
        client_id="",
        stop_id="",
        target_id=None,
        signal_ms=plan.snapshot.venue_ms,
        signal_close_ms=plan.snapshot.venue_ms,
        mark=mark,
        reason="made up by doctor",
    )


def _coins(plan: Plan, coin: str, mark: Decimal) -> tuple[Decimal, Decimal]:
    """The smallest and the largest order of a coin."""
    market = plan.settings.markets[coin]
    named = STRATEGIES[market.strategy].coins(market.params)
    if named is not None:
        return exact(named[0]), exact(named[1])
    loss_max = market.sizing.max_single_loss
    worth = entry_notional(
        float(plan.snapshot.holdings.account.equity),
        market.sizing.position_ratio,
        widest(plan, coin),
        inf if loss_max is None else loss_max,
    )
    size = max(exact(worth) / mark, Decimal(0))
    return size, size


def _smallest(plan: Plan, coin: str, mark: Decimal) -> Decimal:
    return _coins(plan, coin, mark)[0]


def _largest(plan: Plan, coin: str, mark: Decimal) -> Decimal:
    return _coins(plan, coin, mark)[1]
