"""One observation in exactly two rounds: orders, look-ups and market data; then the account itself.

What fails in the first round spoils its own part: one coin's candles, one look-up, the order list. Only the
account's state is indispensable. What makes an account unfit for new risk is said, never worked around. Fees
and leverage are asked by the first observation of a process alone; the leverage of many coins is not read at
all, because each would cost as much as its candles.
"""

from collections.abc import Mapping
from decimal import Decimal

from trader.core.abilities import Abilities
from trader.core.candles import Candles
from trader.core.errors import Malformed
from trader.core.frozen import frozen
from trader.core.market import Market
from trader.core.orders import Lookup, Unreadable
from trader.core.ports import CandleNeed, Clock, Scope
from trader.core.snapshot import Holdings, Leverage, MarketView, Snapshot
from trader.core.wire import Answer, Lost, Request
from trader.venues.failures import attempted
from trader.venues.hyperliquid import parse_access, parse_account, parse_orders
from trader.venues.hyperliquid.access import budgets
from trader.venues.hyperliquid.cost import BARS_MORE, SETTINGS_READ_MAX
from trader.venues.hyperliquid.failures import body_of
from trader.venues.hyperliquid.parse_candles import INTERVALS, candles
from trader.venues.hyperliquid.parse_market import MarketTable
from trader.venues.hyperliquid.past import GAINS_BACK_MS, Key, Reach, past, questions
from trader.venues.hyperliquid.rounds import Rounds, read
from trader.venues.rules import rules_of

# The venue's dearest rates, shown while the account's own cannot be read; no entry is made on them.
_DEAREST_TAKER, _DEAREST_MAKER = Decimal("0.00045"), Decimal("0.00015")

Answers = Mapping[Key, Answer | Lost]


@frozen
class _Times:
    """When the first round left and what the venue's clock said later, both on the venue's clock."""

    asked_ms: int
    venue_ms: int


def observe(rounds: Rounds, clock: Clock, scope: Scope, *, venue: str, abilities: Abilities) -> Snapshot:
    """Read everything that a decision may look at."""
    began_ms = clock.elapsed_ms()
    reach = None if scope.past_ms is None else Reach.back(scope.past_ms, rounds.time.now_ms())
    asked = _questions(rounds, scope, reach)
    answers = dict(zip(asked, rounds.exchange(list(asked.values())), strict=True))
    why_no_table = _take_table(rounds, answers["table", ""])
    orders = rounds.orders(answers["orders", ""])
    holdings = rounds.holdings(_fills_back_ms(scope), orders)
    times = _Times(holdings.at_ms - (clock.elapsed_ms() - began_ms), holdings.at_ms)
    markets, missing = _markets(rounds, scope, answers, times, why_no_table)
    problems = [_mode_problem(answers["abstraction", ""], holdings, rounds.account)]
    if ("fees", "") in answers:
        fees = read(answers["fees", ""], "userFees", parse_account.fees)
        if isinstance(fees, Unreadable):
            problems.append(f"the account's fees could not be read: {fees.why}")
        else:
            rounds.fees = fees
    taker, maker = rounds.fees or (_DEAREST_TAKER, _DEAREST_MAKER)
    return Snapshot(
        venue=venue,
        account_id=rounds.account,
        holdings=holdings,
        markets=markets,
        missing=missing,
        rules=rules_of(markets, holdings, rounds.market),
        lookups={one: look_up(one, answers["order", one]) for one in scope.lookups},
        local_ms=clock.now_ms(),
        taker_fee=taker,
        maker_fee=maker,
        abilities=abilities,
        account_problem="; ".join(problem for problem in problems if problem) or None,
        venue_problem=_venue_problem(answers.get(("status", ""))),
        past=None if reach is None else past(rounds, answers, reach, holdings),
        budgets=budgets(rounds, answers.get(("limits", ""))),
    )


def _fills_back_ms(scope: Scope) -> int:
    """What was asked for, and no less than a day's loss needs."""
    return scope.fills_back_ms if scope.past_ms is None else max(scope.fills_back_ms, GAINS_BACK_MS)


def _venue_problem(answer: Answer | Lost | None) -> str | None:
    if answer is None:
        return None
    problem = read(answer, "exchangeStatus", parse_access.venue_problem)
    if isinstance(problem, Unreadable):
        return f"the venue's own state could not be read: {problem.why}"
    return problem


def look_up(client_id: str, answer: Answer | Lost) -> Lookup:
    """What the venue says of one order of ours."""
    return read(answer, f"orderStatus of {client_id}", lambda value: parse_orders.lookup(value, client_id))


def _questions(rounds: Rounds, scope: Scope, reach: Reach | None) -> dict[Key, Request]:
    ask = rounds.ask
    asked: dict[Key, Request] = {
        ("orders", ""): ask.open_orders(),
        ("table", ""): ask.market_table(),
        ("abstraction", ""): ask.abstraction(),
    }
    if rounds.fees is None:
        asked["fees", ""] = ask.fees()
    now_ms = rounds.time.now_ms()
    for need in scope.candles:
        if len(scope.candles) <= SETTINGS_READ_MAX and need.coin not in rounds.leverage:
            asked["leverage", need.coin] = ask.leverage(need.coin)
        if need.frame_ms in INTERVALS and rounds.known_bars(need) is None:
            asked["candles", need.coin] = ask.candles(need, now_ms - (need.bars + BARS_MORE) * need.frame_ms)
    for client_id in scope.lookups:
        asked["order", client_id] = ask.order(client_id)
    if reach is not None:
        asked |= {("status", ""): ask.status(), ("limits", ""): ask.action_limits(), **questions(ask, reach)}
    return asked


def _take_table(rounds: Rounds, answer: Answer | Lost) -> str | None:
    """Keep the market table for the process; why it is an old one, or none, otherwise."""
    table = read(answer, "metaAndAssetCtxs", MarketTable)
    if isinstance(table, Unreadable):
        return table.why
    rounds.table = table
    return None


def _markets(
    rounds: Rounds, scope: Scope, answers: Answers, times: _Times, why_no_table: str | None
) -> tuple[dict[str, MarketView], dict[str, str]]:
    markets: dict[str, MarketView] = {}
    missing: dict[str, str] = {}
    for need in scope.candles:
        market = _market(rounds, need.coin, why_no_table)
        if isinstance(market, str):
            missing[need.coin] = market
        else:
            markets[need.coin] = _view(rounds, market, need, answers, times, why_no_table)
    return markets, missing


def _market(rounds: Rounds, coin: str, why_no_table: str | None) -> Market | str:
    """The rules of a coin, or why there are none."""
    if rounds.table is None:
        return f"the market table could not be read: {why_no_table}"
    try:
        return rounds.table.market(coin) or rounds.table.nearest(coin)
    except Malformed as error:
        return str(error)


def _view(
    rounds: Rounds,
    market: Market,
    need: CandleNeed,
    answers: Answers,
    times: _Times,
    why_no_table: str | None,
) -> MarketView:
    coin = need.coin
    old = None if why_no_table is None else Unreadable(f"prices of {coin}", why_no_table)
    fresh = Unreadable(f"prices of {coin}", "no table") if rounds.table is None else rounds.table.quote(coin)
    return MarketView(
        market=market,
        quote=old or fresh,
        candles=_candles(rounds, need, answers.get(("candles", coin)), times),
        leverage=_leverage(rounds, coin, answers.get(("leverage", coin))),
    )


def _leverage(rounds: Rounds, coin: str, answer: Answer | Lost | None) -> Leverage | Unreadable | None:
    """As this process has read it; None where it is not read."""
    if answer is None:
        return rounds.leverage.get(coin)
    found = read(answer, f"activeAssetData of {coin}", lambda value: parse_account.leverage(value, coin))
    if isinstance(found, Leverage):
        rounds.leverage[coin] = found
    return found


def _candles(
    rounds: Rounds, need: CandleNeed, answer: Answer | Lost | None, times: _Times
) -> Candles | Unreadable:
    what = f"candles of {need.coin}"
    if answer is None:
        return rounds.known_bars(need) or Unreadable(
            what, f"the venue has no bars of {need.frame_ms} ms, only {', '.join(INTERVALS.values())}"
        )
    found = attempted(
        what,
        lambda: candles(
            body_of(answer, what),
            need,
            asked_ms=times.asked_ms,
            venue_ms=times.venue_ms,
            memo=rounds.memo,
        ),
    )
    if isinstance(found, Candles):
        rounds.bars[need.coin, need.frame_ms] = found
    return found


def _mode_problem(answer: Answer | Lost, holdings: Holdings, account: str) -> str | None:
    """Why this account cannot take new risk, whatever a strategy wants."""
    problem = read(answer, "userAbstraction", parse_account.abstraction_problem)
    if isinstance(problem, Unreadable):
        return f"the account's kind could not be read: {problem.why}"
    if problem is None and holdings.account.equity <= 0:
        return f"no equity in {account}; is this the agent's address instead of the account's?"
    return problem
