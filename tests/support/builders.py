"""Builders of the values that tests decide on: each has plain defaults and takes what a test varies."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from trader.core.abilities import Abilities
from trader.core.actions import Enter
from trader.core.candles import DAY_MS, Candles
from trader.core.identity import Identity, Role, account_tag, encode, market_code
from trader.core.market import Leg, MarginTier, Market, Side
from trader.core.orders import Absent, Fill, Kind, Lookup, Order, Unreadable
from trader.core.past import Past
from trader.core.policy import EntryRules, Limits, MarketPolicy, Policy, Sizing, StopRules
from trader.core.snapshot import Account, Holdings, Leverage, MarketView, Position, Quote, Snapshot
from trader.core.target import CoinFacts, Stay, Want
from trader.ids import entry_id

ACCOUNT_ID = "0x00000000000000000000000000000000000000aa"
TAG = account_tag(ACCOUNT_ID)
FRAME_MS = 1_800_000
CLOSE_MS = 1_000_000 * FRAME_MS  # a bar border: the close of the signal's bar
SIGNAL_MS = CLOSE_MS - FRAME_MS
NOW_MS = CLOSE_MS + 5_000
ABILITIES = Abilities(
    attach="whole",
    attaches_target=True,
    attached_stands=True,
    stop_first=None,
    stop_entry=True,
    two_sided=False,
    position_bound_stop=True,
    bound_stops_max=None,
    bound_targets=True,
    oversized_exit="trims",
    exactly_once_nonce=True,
    write_expiry_ms=20_000,
    resting_expiry_min_s=None,
    amend_stop=False,
    batch_max=1,
    id_alphabet="0123456789abcdef",
    id_length=34,
    trigger_sources=frozenset({"mark"}),
)


def dec(value: object) -> Decimal:
    """A Decimal from what a test writes."""
    return Decimal(str(value))


def a_market(coin: str = "BTC", **changes: Any) -> Market:
    market = Market(
        coin=coin,
        number=0,
        lot=dec("0.00001"),
        price_decimals_max=1,
        notional_min=dec(10),
        tiers=(MarginTier(dec(0), 40),),
        price_figures_max=5,
    )
    return replace(market, **changes)


def an_identity(role: Role = Role.ENTRY, coin: str = "BTC", **changes: Any) -> Identity:
    identity = Identity(
        account=TAG,
        market=market_code(coin),
        strategy=1,
        leg=Leg.LONG,
        role=role,
        bar_minute=SIGNAL_MS // 60_000,
        reference=SIGNAL_MS // 60_000,
    )
    return replace(identity, **changes)


def an_id(role: Role = Role.ENTRY, coin: str = "BTC", **changes: Any) -> str:
    return encode(an_identity(role, coin, **changes))


def a_position(size: object = "0.01", coin: str = "BTC", **changes: Any) -> Position:
    position = Position(
        coin=coin,
        size=dec(size),
        entry_price=dec(100_000),
        mark=dec(100_000),
        liquidation=None,
        leverage=3,
        cross=True,
        margin_used=dec(333),
        unrealised=dec(0),
    )
    return replace(position, **changes)


def a_stop(trigger: object = 96_000, size: object = "0.01", coin: str = "BTC", **changes: Any) -> Order:
    """Our stop behind a long, unless a test says otherwise."""
    order = Order(
        coin=coin,
        side=Side.SELL,
        kind=Kind.STOP,
        size=dec(size),
        price=dec(trigger) * dec("0.9"),
        order_id=f"stop-{trigger}",
        client_id=an_id(Role.STOP, coin),
        placed_ms=SIGNAL_MS,
        trigger=dec(trigger),
        is_market=True,
        reduce_only=True,
    )
    return replace(order, **changes)


def a_target(trigger: object = 107_000, **changes: Any) -> Order:
    order = a_stop(trigger, order_id=f"target-{trigger}", kind=Kind.TARGET, client_id=an_id(Role.TARGET))
    return replace(order, **changes)


def a_fill(signed: object = "0.01", before: object = 0, coin: str = "BTC", **changes: Any) -> Fill:
    """A fill of our entry, unless a test says otherwise."""
    amount = dec(signed)
    fill = Fill(
        coin=coin,
        side=Side.BUY if amount > 0 else Side.SELL,
        size=abs(amount),
        price=dec(100_000),
        fee=dec("0.45"),
        realised=dec(0),
        at_ms=SIGNAL_MS - 10 * FRAME_MS,
        fill_id="1",
        order_id="11",
        client_id=an_id(coin=coin, bar_minute=1, reference=1),
        position_before=dec(before),
    )
    return replace(fill, **changes)


def holdings(
    positions: Sequence[Position] = (),
    orders: Sequence[Order] | Unreadable = (),
    fills: Sequence[Fill] | Unreadable = (),
    **changes: Any,
) -> Holdings:
    reading = Holdings(
        at_ms=NOW_MS,
        account=Account(equity=dec(1000), margin_used=dec(0), maintenance=dec(0)),
        positions=tuple(positions),
        orders=orders if isinstance(orders, Unreadable) else tuple(orders),
        fills=fills if isinstance(fills, Unreadable) else tuple(fills),
        fills_since_ms=0,
        fills_complete=True,
    )
    return replace(reading, **changes)


def flat_candles(
    coin: str = "BTC", bars: int = 100, close: float = 100_000.0, last_ms: int = SIGNAL_MS
) -> Candles:
    """A quiet market that ends with the expected bar."""
    first = last_ms - (bars - 1) * FRAME_MS
    return Candles(
        coin=coin,
        frame_ms=FRAME_MS,
        open_ms=tuple(first + i * FRAME_MS for i in range(bars)),
        open=(close,) * bars,
        high=(close + 50,) * bars,
        low=(close - 50,) * bars,
        close=(close,) * bars,
        volume=(10.0,) * bars,
    )


def a_quote(mark: object = 100_000, **changes: Any) -> Quote:
    quote = Quote(dec(mark), dec(mark), dec(mark) - 1, dec(mark) + 1, dec("0.0000125"))
    return replace(quote, **changes)


def a_view(coin: str = "BTC", **changes: Any) -> MarketView:
    return replace(MarketView(a_market(coin), a_quote(), flat_candles(coin), Leverage(3, True)), **changes)


def lookups_for(coins: Sequence[str], signal_ms: int = SIGNAL_MS) -> dict[str, Lookup]:
    return {
        entry_id(account=TAG, coin=coin, strategy=1, leg=leg, signal_ms=signal_ms): Absent()
        for coin in coins
        for leg in Leg
    }


def a_past(days: int = 30, **changes: Any) -> Past:
    """A whole record in which nothing happened."""
    since_ms = NOW_MS - days * DAY_MS
    return replace(Past(since_ms=since_ms, gains_since_ms=since_ms, gains=(), flows=()), **changes)


def a_snapshot(
    reading: Holdings | None = None, markets: Mapping[str, MarketView] | None = None, **changes: Any
) -> Snapshot:
    views = markets if markets is not None else {"BTC": a_view()}
    snapshot = Snapshot(
        venue="venue",
        account_id=ACCOUNT_ID,
        holdings=reading or holdings(),
        markets=views,
        missing={},
        rules={coin: view.market for coin, view in views.items()},
        lookups=lookups_for(list(views)),
        local_ms=NOW_MS,
        taker_fee=dec("0.00045"),
        maker_fee=dec("0.00015"),
        abilities=ABILITIES,
        past=a_past(),
        ended=(),
    )
    return replace(snapshot, **changes)


def wants(answer: Want) -> Any:
    """A strategy that always wants the same."""

    def strategy(_candles: Candles, _facts: CoinFacts, _policy: MarketPolicy) -> Want:
        return answer

    return strategy


def a_market_policy(coin: str = "BTC", answer: Want | None = None, **changes: Any) -> MarketPolicy:
    policy = MarketPolicy(
        coin=coin,
        strategy=wants(answer or Stay("nothing to do")),
        strategy_name="breakout",
        strategy_number=1,
        params=None,
        frame_ms=FRAME_MS,
        bars_needed=100,
        hold_ms_max=120 * FRAME_MS,
        stop_fallback=0.04,
        sizing=Sizing(position_ratio=0.3, max_single_loss=None, leverage=3, cross=True),
        entries=EntryRules(0.003, 0.005, 300, 0.002),
    )
    return replace(policy, **changes)


def a_policy(*markets: MarketPolicy, **changes: Any) -> Policy:
    found = {m.coin: m for m in markets or (a_market_policy(),)}
    policy = Policy(
        account_tag=TAG,
        markets=found,
        entries_for=frozenset(found),
        stops=StopRules("mark", None, 0.05),
        limits=Limits(None, None, None, None, clock_skew_max_ms=5_000, data_age_max_ms=60_000),
        report_foreign=True,
    )
    return replace(policy, **changes)


ENTRY_ID = entry_id(account=TAG, coin="BTC", strategy=1, leg=Leg.LONG, signal_ms=SIGNAL_MS)


def an_entry(**changes: Any) -> Enter:
    enter = Enter(
        coin="BTC",
        leg=Leg.LONG,
        size=dec("0.003"),
        bound=dec(100_300),
        stop=dec(96_000),
        stop_bound=dec(86_400),
        target=dec(107_000),
        target_bound=dec(96_300),
        client_id=ENTRY_ID,
        stop_id=an_id(Role.STOP),
        target_id=an_id(Role.TARGET),
        signal_ms=SIGNAL_MS,
        signal_close_ms=CLOSE_MS,
        mark=dec(100_000),
        reason="test",
    )
    return replace(enter, **changes)
