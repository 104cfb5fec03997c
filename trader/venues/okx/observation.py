"""One observation in exactly two rounds: orders, look-ups and market data; then the account itself.

What fails in the first round spoils its own part: one coin's candles, one look-up, the order list. Only the
account's own state and set-up are indispensable. What makes an account unfit for new risk is said, never
worked around. What only new risk needs (the record of the money, the venue's notices) is read where it is
asked for; the record in the second round, for a reason that past.py tells.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from trader.core.abilities import Abilities
from trader.core.candles import Candles
from trader.core.errors import Malformed, Unavailable
from trader.core.frozen import frozen
from trader.core.market import MarginTier, Market
from trader.core.orders import Lookup, Unreadable
from trader.core.ports import CandleNeed, Clock, Scope
from trader.core.snapshot import Holdings, Leverage, MarketView, Quote, Snapshot
from trader.core.wire import Answer, Lost
from trader.venues.failures import attempted, unreadable
from trader.venues.okx import asking, lookups, parse_account, parse_market
from trader.venues.okx.asking import BARS_A_PAGE, Question
from trader.venues.okx.bar_pages import bars_of, remembered
from trader.venues.okx.envelope import read
from trader.venues.okx.parse_candles import BARS, newest
from trader.venues.okx.past import MoneyRecord
from trader.venues.okx.rounds import ORDER_QUESTIONS, Rounds
from trader.venues.rules import rules_of

if TYPE_CHECKING:
    from trader.core.memo import Memo

# The venue's dearest rates, shown while the account's own cannot be read; no entry is made on them.
_DEAREST_TAKER, _DEAREST_MAKER = Decimal("0.0005"), Decimal("0.0002")
BARS_MORE = 2

Key = tuple[str, str]
_STATUS: Key = ("status", "")


@frozen
class _Round:
    """The first round: what was asked for each coin, and its answers."""

    answers: Mapping[Key, Answer | Lost]
    orders: Sequence[Answer | Lost]
    lookups: Mapping[str, Lookup]
    why_no_table: str | None
    marks: Mapping[str, Decimal] | Unreadable


def observe(
    rounds: Rounds,
    clock: Clock,
    scope: Scope,
    *,
    venue: str,
    abilities: Abilities,
    isolated: frozenset[str],
) -> Snapshot:
    """Read everything that a decision may look at."""
    first = _first_round(rounds, scope, isolated)
    orders = rounds.orders(first.orders)
    old_config = rounds.config
    try:
        config, unread = rounds.take_config(first.answers["config", ""]), None
    except (Unavailable, Malformed) as error:
        if old_config is None:
            raise
        config, unread = old_config, f"the account's set-up could not be read: {error}"
    record = None if scope.past_ms is None else MoneyRecord(rounds.wire, scope.past_ms)
    holdings = rounds.holdings(scope.fills_back_ms, orders, record)
    markets, missing = _markets(rounds, scope, first, holdings.at_ms, isolated)
    fees, fee_problem = _fees(rounds, scope, first.answers)
    problems = [*config.problems, unread, fee_problem, *_unfit(holdings, rounds)]
    return Snapshot(
        venue=venue,
        account_id=rounds.account_id,
        holdings=holdings,
        markets=markets,
        missing=missing,
        rules=rules_of(markets, holdings, rounds.market),
        lookups=first.lookups,
        local_ms=clock.now_ms(),
        taker_fee=fees[0],
        maker_fee=fees[1],
        abilities=abilities,
        two_sided=config.two_sided,
        account_problem="; ".join(problem for problem in problems if problem) or None,
        venue_problem=None if record is None else rounds.notices.problem,
        past=None if record is None else record.told(),
        budgets=rounds.wire.budgets(),
    )


def _first_round(rounds: Rounds, scope: Scope, isolated: frozenset[str]) -> _Round:
    asked = _questions(rounds, scope, isolated)
    looked_up = lookups.questions(scope.lookups)
    questions = [*asked.values(), *ORDER_QUESTIONS, *(question for _, question in looked_up)]
    came = rounds.wire.ask(questions, is_planned=bool(scope.candles))
    answers = dict(zip(asked, came, strict=False))
    if _STATUS in answers:
        rounds.notices.hear(answers[_STATUS])
    orders = came[len(asked) : len(asked) + len(ORDER_QUESTIONS)]
    why_no_table = rounds.take_table(answers["table", ""])
    return _Round(
        answers=answers,
        orders=orders,
        lookups=lookups.answered(scope.lookups, looked_up, came[len(asked) + len(orders) :], rounds.contract),
        why_no_table=why_no_table,
        marks=read(answers["marks", ""], "mark-price", parse_market.marks)
        if scope.candles
        else Unreadable("mark-price", "not asked for"),
    )


def _questions(rounds: Rounds, scope: Scope, isolated: frozenset[str]) -> dict[Key, Question]:
    asked: dict[Key, Question] = {("config", ""): asking.config(), ("table", ""): asking.instruments()}
    status = None if scope.past_ms is None else rounds.notices.question()
    if status is not None:
        asked[_STATUS] = status
    if scope.candles:
        asked["marks", ""] = asking.marks()
        asked["fees", ""] = asking.fees(scope.candles[0].coin)
    for need in scope.candles:
        coin, cross = need.coin, need.coin not in isolated
        asked["ticker", coin] = asking.ticker(coin)
        asked["index", coin] = asking.index(coin)
        asked["limits", coin] = asking.price_limit(coin)
        asked["funding", coin] = asking.funding_rate(coin)
        asked["leverage", coin] = asking.leverage(coin, cross=cross)
        asked["tiers", coin] = asking.tiers(coin, cross=cross)
        for page, question in enumerate(bar_pages(need, rounds.wire.time.now_ms())):
            asked[f"candles {page}", coin] = question
    return asked


def bar_pages(need: CandleNeed, now_ms: int) -> list[Question]:
    """All pages of a coin's bars at once, newest first; each begins with the last bar of the one before."""
    if need.frame_ms not in BARS:
        return []
    forming_ms = now_ms // need.frame_ms * need.frame_ms
    pages: list[Question] = []
    back = 0
    while back < need.bars + BARS_MORE:
        older_than_ms = forming_ms - (back - 1) * need.frame_ms if back else None
        pages.append(asking.candles(need.coin, need.frame_ms, older_than_ms=older_than_ms, back=back))
        back += BARS_A_PAGE - 1
    return pages


def _fees(
    rounds: Rounds, scope: Scope, answers: Mapping[Key, Answer | Lost]
) -> tuple[tuple[Decimal, Decimal], str | None]:
    """The account's rates; without a coin nothing is entered, and nobody asks."""
    dearest = (_DEAREST_TAKER, _DEAREST_MAKER)
    if not scope.candles:
        return dearest, None
    table = rounds.table
    groups = {table.fee_group(need.coin) for need in scope.candles} if table else set()
    mine = frozenset(group for group in groups if group is not None)
    fees = read(answers["fees", ""], "trade-fee", lambda data: parse_account.fees(data, mine))
    if isinstance(fees, Unreadable):
        return dearest, f"the account's fees could not be read: {fees.why}"
    return fees, None


def _unfit(holdings: Holdings, rounds: Rounds) -> list[str]:
    """What the account holds, or lacks, that forbids new risk."""
    problems: list[str] = []
    if rounds.others:
        problems.append(
            f"the account holds {', '.join(rounds.others)} on the same margin, which no limit here counts: "
            "close it, or trade it from another account"
        )
    if holdings.account.equity <= 0:
        problems.append(
            f"no USDT in the trading account of {rounds.account_id}; move some there, from funding or by "
            "conversion"
        )
    return problems


def _markets(
    rounds: Rounds, scope: Scope, first: _Round, venue_ms: int, isolated: frozenset[str]
) -> tuple[dict[str, MarketView], dict[str, str]]:
    markets: dict[str, MarketView] = {}
    missing: dict[str, str] = {}
    for need in scope.candles:
        tiers = _tiers(rounds, need.coin, first)
        quote = _quote(rounds, need.coin, first)
        market = _market(rounds, need.coin, tiers, first.why_no_table)
        if isinstance(market, str):
            missing[need.coin] = market
            continue
        markets[need.coin] = MarketView(
            market=market,
            quote=quote,
            candles=_candles(need, first.answers, venue_ms, rounds.memo),
            leverage=_leverage(need.coin, first.answers, tiers, cross=need.coin not in isolated),
        )
    return markets, missing


def _market(
    rounds: Rounds, coin: str, tiers: tuple[MarginTier, ...] | Unreadable, why_no_table: str | None
) -> Market | str:
    """The rules of a coin, or why there are none."""
    if rounds.table is None:
        return f"the table of instruments could not be read: {why_no_table}"
    known = None if isinstance(tiers, Unreadable) else tiers
    try:
        return rounds.table.market(coin, known, band=rounds.bands.get(coin)) or rounds.table.nearest(coin)
    except Malformed as error:
        return str(error)


def _tiers(rounds: Rounds, coin: str, first: _Round) -> tuple[MarginTier, ...] | Unreadable:
    """The coin's margin tiers at its mark."""
    what = f"position-tiers of {coin}"
    found = read(first.answers["tiers", coin], what, lambda data: parse_market.tiers(data, coin))
    if isinstance(found, Unreadable):
        return found
    if isinstance(first.marks, Unreadable):
        return first.marks
    try:
        contract = rounds.contract(coin)
    except Malformed as error:
        return unreadable(what, error)
    mark = first.marks.get(coin)
    if contract is None or mark is None:
        return Unreadable(what, "the size of a contract or its mark is not known", answered=True)
    return parse_market.tiers_at(found, contract, mark)


def _leverage(
    coin: str,
    answers: Mapping[Key, Answer | Lost],
    tiers: tuple[MarginTier, ...] | Unreadable,
    *,
    cross: bool,
) -> Leverage | Unreadable:
    """The setting of a coin; without its tiers nobody knows what that setting allows."""
    if isinstance(tiers, Unreadable):
        return tiers
    return read(
        answers["leverage", coin],
        f"leverage-info of {coin}",
        lambda data: parse_account.leverage(data, coin, cross=cross),
    )


def _quote(rounds: Rounds, coin: str, first: _Round) -> Quote | Unreadable:
    """The prices of a coin, with the limits inside which an order may stand."""
    answers, what = first.answers, f"prices of {coin}"
    if isinstance(first.marks, Unreadable):
        return Unreadable(what, first.marks.why, first.marks.answered)
    mark = first.marks.get(coin)
    if mark is None:
        return Unreadable(what, "the list of mark prices lacks it", answered=True)
    limits = rounds.take_band(coin, answers["limits", coin], mark)
    if limits is not None:
        return limits
    book = read(answers["ticker", coin], what, lambda data: parse_market.best(data, coin))
    if isinstance(book, Unreadable):
        return book
    index = read(answers["index", coin], what, lambda data: parse_market.index(data, coin))
    if isinstance(index, Unreadable):
        return index
    funding = read(answers["funding", coin], what, lambda data: parse_market.funding_terms(data, coin))
    return funding if isinstance(funding, Unreadable) else parse_market.quote(mark, index, book, funding)


def _candles(
    need: CandleNeed, answers: Mapping[Key, Answer | Lost], venue_ms: int, memo: "Memo | None"
) -> Candles | Unreadable:
    what = f"candles of {need.coin}"
    keys = [key for key in answers if key[1] == need.coin and key[0].startswith("candles ")]
    if not keys:
        return Unreadable(
            what, f"the venue has no bars of {need.frame_ms} ms, only {', '.join(BARS.values())}"
        )
    pages = [answers[key] for key in keys]

    def parsed() -> Candles:
        found = None if memo is None else remembered(memo, pages, need)
        return newest(found or bars_of(pages, need), need, venue_ms=venue_ms)

    return attempted(what, parsed)
