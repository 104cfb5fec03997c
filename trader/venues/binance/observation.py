"""One observation in two rounds: orders, look-ups and market data; then the account itself.

What fails in the first round spoils its own part: one coin's candles, one look-up, the order list. Only whose
account this is, its coins' settings and its state are indispensable. What makes an account unfit for new risk
is said, never worked around. What cannot change within a run is asked by its first observation alone.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from trader.core.abilities import Abilities
from trader.core.candles import Candles, bar_open_ms
from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.frozen import frozen
from trader.core.market import Market
from trader.core.orders import Unreadable
from trader.core.ports import CandleNeed, Clock, Scope
from trader.core.snapshot import Holdings, MarketView, Quote, Snapshot
from trader.venues.binance import asking, finding, parse_account, parse_market, parse_prices
from trader.venues.binance.failures import body_of, read, value_of
from trader.venues.binance.parse_candles import candles
from trader.venues.binance.parse_fills import DEAREST_MAKER, DEAREST_TAKER
from trader.venues.binance.parse_market import DEFAULT_FUNDING_HOURS, MarketTable
from trader.venues.binance.past import PastReader
from trader.venues.binance.reading import Reader
from trader.venues.binance.rights import Rights, problem_of, rights
from trader.venues.binance.rounds import Rounds
from trader.venues.binance.signing import Question
from trader.venues.binance.symbols import QUOTE, symbol_of
from trader.venues.binance.trades import Answers, Key
from trader.venues.binance.upkeep import venue_problem
from trader.venues.binance.used_weight import RateLimits, rate_limits
from trader.venues.failures import attempted
from trader.venues.rules import rules_of

if TYPE_CHECKING:
    from trader.core.memo import Memo

BARS_MORE = 2
PRICES_ONE_BY_ONE_MAX = 5
"""Marks and books of more coins than this are cheaper in one answer for all of them (15 against 3 each)."""


@frozen
class _Times:
    """When the first round left and what the venue's clock said later, both on the venue's clock."""

    asked_ms: int
    venue_ms: int


class Observer:
    """Makes the observations of one process."""

    def __init__(self, rounds: Rounds, reader: Reader, clock: Clock, *, venue: str) -> None:
        self._rounds = rounds
        self._reader = reader
        self._clock = clock
        self._venue = venue
        self._hours: Mapping[str, int] | None = None
        self._fees: tuple[Decimal, Decimal] | None = None
        self._past = PastReader()
        self._rights: Rights | None = None
        self._limits_problem: Unreadable | None = None

    def observe(self, scope: Scope, abilities: Abilities) -> Snapshot:
        """Read everything that a decision may look at."""
        rounds, began_ms = self._rounds, self._clock.elapsed_ms()
        rounds.know({need.coin for need in scope.candles} | set(scope.lookups.values()))
        answers = rounds.ask(self._questions(scope))
        self._reader.take_account(answers)
        why_no_table = self._take_table(answers)
        problems = [self._take_setup(answers), self._take_fees(answers), self._take_rights(answers)]
        past = self._past.taken(answers, now_ms=rounds.time.now_ms())
        self._take_hours(answers)
        orders = self._reader.orders(answers)
        if rounds.table is not None:
            rounds.bar({need.coin for need in scope.candles if not rounds.table.lists(need.coin)})
        holdings = self._reader.holdings(scope.fills_back_ms, orders)
        times = _Times(holdings.at_ms - (self._clock.elapsed_ms() - began_ms), holdings.at_ms)
        markets, missing = self._markets(scope, answers, times, why_no_table)
        problems += [self._fee_problem(), _no_money(holdings, rounds.account_id)]
        taker, maker = self._fees or (DEAREST_TAKER, DEAREST_MAKER)
        return Snapshot(
            venue=self._venue,
            account_id=rounds.account_id,
            holdings=holdings,
            markets=markets,
            missing=missing,
            rules=rules_of(markets, holdings, rounds.market),
            lookups=finding.lookups(scope.lookups, answers),
            local_ms=self._clock.now_ms(),
            taker_fee=taker,
            maker_fee=maker,
            abilities=abilities,
            two_sided=bool(rounds.two_sided),
            account_problem="; ".join(problem for problem in problems if problem) or None,
            venue_problem=venue_problem(answers, rounds.table),
            past=past,
            budgets=self._limits_problem or rounds.used.budgets(),
        )

    def _questions(self, scope: Scope) -> dict[Key, Question]:
        asked: dict[Key, Question] = {
            **self._reader.order_questions(of_all=True),
            **self._reader.account_questions(),
            ("settings", ""): asking.COIN_SETTINGS,
            ("setup", ""): asking.ACCOUNT_SETTINGS,
        }
        if self._rounds.table is None:
            asked["rules", ""], asked["tiers", ""] = asking.RULES, asking.TIERS
        if self._hours is None and scope.candles:
            asked["hours", ""] = asking.FUNDING_INTERVALS
        if self._fees is None and scope.candles:
            asked["fees", scope.candles[0].coin] = asking.fee_rates(scope.candles[0].coin)
        for need in scope.candles:
            asked |= bar_questions(need, self._rounds.time.now_ms())
        asked |= price_questions(scope)
        asked |= self._past.questions(scope.past_ms, now_ms=self._rounds.time.now_ms())
        if scope.past_ms is not None and self._rights is None and self._rounds.pen.has_wallet:
            asked["rights", ""] = asking.KEY_RIGHTS
        return asked | finding.questions(scope.lookups)

    def _take_table(self, answers: Answers) -> str | None:
        """Keep the rules of trading for the process; why there are none otherwise."""
        if ("rules", "") not in answers:
            return None
        try:
            rules = value_of(answers["rules", ""], "exchangeInfo")
            self._take_limits(rules)
            self._rounds.table = MarketTable(rules, value_of(answers["tiers", ""], "leverageBracket"))
        except (Unavailable, Denied, Malformed) as error:
            return str(error)
        return None

    def _take_limits(self, rules: object) -> None:
        limits = attempted("limits of the venue", lambda: rate_limits(rules))
        self._limits_problem = limits if isinstance(limits, Unreadable) else None
        if isinstance(limits, RateLimits):
            self._rounds.used.limits = limits

    def _take_rights(self, answers: Answers) -> str | None:
        """What the key may do does not change within a run."""
        if ("rights", "") in answers:
            found = read(answers["rights", ""], "apiRestrictions", rights)
            self._rights = found if isinstance(found, Rights) else None
            return problem_of(found)
        return None if self._rights is None else self._rights.problem

    def _take_setup(self, answers: Answers) -> str | None:
        setup = read(answers["setup", ""], "accountConfig", parse_account.setup)
        if isinstance(setup, Unreadable):
            return f"the account's kind could not be read: {setup.why}"
        self._rounds.two_sided = setup.two_sided
        return setup.problem

    def _take_fees(self, answers: Answers) -> str | None:
        for (kind, coin), answer in answers.items():
            if kind == "fees":
                symbol = symbol_of(coin)
                fees = read(answer, "commissionRate", partial(parse_account.fee_rates, symbol=symbol))
                if isinstance(fees, Unreadable):
                    return f"the account's fees could not be read: {fees.why}"
                self._fees = fees
        return None

    def _take_hours(self, answers: Answers) -> None:
        """The list names the exceptions only; while it cannot be read no interval is known."""
        if ("hours", "") in answers:
            hours = read(answers["hours", ""], "fundingInfo", parse_market.funding_hours)
            self._hours = None if isinstance(hours, Unreadable) else hours

    def _fee_problem(self) -> str | None:
        others = sorted((self._rounds.trades.fee_coins | self._past.fee_coins) - {QUOTE})
        if not others:
            return None
        return (
            f"fees are paid in {', '.join(others)}, so that profit and loss cannot be counted exactly; "
            f"switch that off in the venue's fee settings, so that they are paid in {QUOTE}"
        )

    def _markets(
        self, scope: Scope, answers: Answers, times: _Times, why_no_table: str | None
    ) -> tuple[dict[str, MarketView], dict[str, str]]:
        markets: dict[str, MarketView] = {}
        missing: dict[str, str] = {}
        for need in scope.candles:
            market = self._market(need.coin, why_no_table)
            if isinstance(market, str):
                missing[need.coin] = market
            else:
                markets[need.coin] = self._view(market, need, answers, times)
        return markets, missing

    def _market(self, coin: str, why_no_table: str | None) -> Market | str:
        """The rules of a coin, or why there are none."""
        table = self._rounds.table
        if table is None:
            return f"the venue's rules could not be read: {why_no_table}"
        try:
            return table.market(coin) or table.nearest(coin)
        except Malformed as error:
            return str(error)

    def _view(self, market: Market, need: CandleNeed, answers: Answers, times: _Times) -> MarketView:
        coin = need.coin
        setting = self._reader.setting(coin)
        return MarketView(
            market=market,
            quote=self._quote(coin, answers, times),
            candles=_candles(need, answers, times, self._rounds.memo),
            leverage=setting
            or Unreadable(f"leverage of {coin}", "symbolConfig does not name it", answered=True),
        )

    def _quote(self, coin: str, answers: Answers, times: _Times) -> Quote | Unreadable:
        name = coin if ("mark", coin) in answers else ""
        hours = None if self._hours is None else self._hours.get(coin, DEFAULT_FUNDING_HOURS)
        return attempted(
            f"prices of {coin}",
            lambda: parse_prices.quote(
                value_of(answers["mark", name], f"premiumIndex of {coin}"),
                value_of(answers["book", name], f"bookTicker of {coin}"),
                symbol=symbol_of(coin),
                venue_ms=times.venue_ms,
                funding_hours=hours,
            ),
        )


def price_questions(scope: Scope) -> dict[Key, Question]:
    """Coin by coin, or under an empty name for all of them."""
    coins = [need.coin for need in scope.candles]
    asked: dict[Key, Question] = {}
    for coin in coins if len(coins) <= PRICES_ONE_BY_ONE_MAX else [""]:
        asked["mark", coin] = asking.mark_price(coin or None)
        asked["book", coin] = asking.best_prices(coin or None)
    return asked


def bar_questions(need: CandleNeed, now_ms: int) -> dict[Key, Question]:
    """One page where that holds them all; else pages from the oldest bar on."""
    if need.frame_ms not in asking.INTERVALS:
        return {}
    count = need.bars + BARS_MORE
    if count <= asking.BARS_A_PAGE:
        return {("bars", f"{need.coin} 0"): asking.bars(need.coin, need.frame_ms, limit=count)}
    first_ms = bar_open_ms(now_ms, need.frame_ms) - (count - 1) * need.frame_ms
    return {
        ("bars", f"{need.coin} {skipped}"): asking.bars(
            need.coin,
            need.frame_ms,
            limit=min(asking.BARS_A_PAGE, count - skipped + 1),
            start_ms=first_ms + skipped * need.frame_ms,
        )
        for skipped in range(0, count, asking.BARS_A_PAGE)
    }


def _candles(need: CandleNeed, answers: Answers, times: _Times, memo: "Memo | None") -> Candles | Unreadable:
    what = f"klines of {need.coin}"
    pages = [key for key in answers if key[0] == "bars" and key[1].split()[0] == need.coin]
    if not pages:
        return Unreadable(what, f"the venue has no bars of {need.frame_ms} ms")

    def parsed() -> Candles:
        bodies = [body_of(answers[key], what) for key in pages]
        return candles(bodies, need, asked_ms=times.asked_ms, venue_ms=times.venue_ms, memo=memo)

    return attempted(what, parsed)


def _no_money(holdings: Holdings, account_id: str) -> str | None:
    return f"no equity in {account_id}" if holdings.account.equity <= 0 else None
