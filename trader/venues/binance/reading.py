"""The parts of a reading that every caller needs: open orders, and the account's state with its fills.

* Positions, money and fills come from one round, and orders from that round or an earlier one: a fill in
  between is then seen twice, never nowhere.
* Orders are read for the whole account once, then coin by coin: the coins named by the caller and every coin
  that was held, had an order or was acted on. A coin that turns up beside them has the reading made again.
* Positions that the venue tells differently in two answers of one round are read again a few times, then
  refused; so is an account whose clock cannot be read, because nothing could be dated.
"""

from collections.abc import Mapping

from trader.core.errors import Denied, Malformed
from trader.core.frozen import frozen
from trader.core.orders import Fill, Order, Unreadable
from trader.core.ports import Clock
from trader.core.snapshot import Account, Holdings, Leverage, Position
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.binance import asking, parse_account, parse_orders
from trader.venues.binance.failures import is_no_such_symbol, read, value_of
from trader.venues.binance.parse_account import Money, Risk
from trader.venues.binance.rounds import TIME, Rounds, server_time
from trader.venues.binance.signing import Question
from trader.venues.binance.trades import Answers, Key, Span, span_of

STALE_READS_MAX = 4
STALE_PAUSE_S = 0.25
READS_MAX = 8
COINS_ONE_BY_ONE_MAX = 30
"""Both books of so many coins, asked for one by one, are still cheaper than both of the whole account."""

Orders = tuple[Order, ...] | Unreadable
_WHOLE_ACCOUNT = ""


@frozen
class State:
    """Money and positions of one moment; `differs` says how the venue told the positions in two ways."""

    at_ms: int
    account: Account
    positions: tuple[Position, ...]
    coins: frozenset[str]
    differs: str | None


class Reader:
    """Reads one account."""

    def __init__(self, rounds: Rounds, clock: Clock) -> None:
        self._rounds = rounds
        self._clock = clock
        self._is_verified = False
        self._knows_orders = False
        self._changed_ms = 0
        self._settings: Mapping[str, Leverage] | None = None

    def forget_settings(self) -> None:
        """Leverage or margin type of a coin is about to change."""
        self._settings = None

    def setting(self, coin: str) -> Leverage | None:
        """Leverage and margin type of a coin, as they were last read."""
        return None if self._settings is None else self._settings.get(coin)

    def account_questions(self) -> dict[Key, Question]:
        """What is asked once in a process: whose account this is, and the settings of its coins."""
        asked: dict[Key, Question] = {}
        if not self._is_verified:
            asked["balance", ""] = asking.BALANCE
        if self._settings is None:
            asked["settings", ""] = asking.COIN_SETTINGS
        return asked

    def take_account(self, answers: Answers) -> None:
        """Stop when the key is another account's than the one that was meant; learn the settings."""
        if ("balance", "") in answers:
            told = parse_account.account_id(value_of(answers["balance", ""], "balance"))
            meant = self._rounds.account_id
            if told != meant:
                raise Denied(parse_account.other_account(told, meant))
            self._is_verified = True
        if ("settings", "") in answers:
            told_settings = value_of(answers["settings", ""], "symbolConfig")
            self._settings = parse_account.coin_settings(told_settings)

    def order_questions(self, *, of_all: bool = False) -> dict[Key, Question]:
        """Both books: of the whole account while its coins are not known, else of each coin."""
        coins = self._rounds.coins
        one_by_one = self._knows_orders and not of_all and 0 < len(coins) <= COINS_ONE_BY_ONE_MAX
        asked: dict[Key, Question] = {}
        for name in sorted(coins) if one_by_one else [_WHOLE_ACCOUNT]:
            asked["plain", name] = asking.open_orders(name or None)
            asked["algo", name] = asking.open_algo_orders(name or None)
        return asked

    def orders(self, answers: Answers) -> Orders:
        """The live orders of both books, each once; unreadable when one answer is."""
        found: dict[tuple[str, str], Order] = {}
        for (book, name), answer in answers.items():
            if book == "plain":
                listed = read(answer, "openOrders", parse_orders.open_orders)
            elif book == "algo":
                listed = read(answer, "openAlgoOrders", parse_orders.open_algo_orders)
            else:
                continue
            if isinstance(listed, Unreadable):
                return listed
            found |= {(book, order.order_id): order for order in listed}
            self._knows_orders = self._knows_orders or name == _WHOLE_ACCOUNT
        for (book, order_id), order in found.items():
            if book == "plain":
                self._rounds.trades.learn(order.coin, order_id, order.client_id)
        self._rounds.know(order.coin for order in found.values())
        return tuple(found.values())

    def holdings(self, fills_back_ms: int, orders: Orders | None = None) -> Holdings:
        """One round of state and fills, and of orders unless they were read before."""
        rounds, pause_s, differing = self._rounds, STALE_PAUSE_S, 0
        for _ in range(READS_MAX):
            now_ms = rounds.time.now_ms()
            span = rounds.trades.reaching_back(span_of(rounds.coins, now_ms=now_ms, back_ms=fills_back_ms))
            answers = rounds.ask(self._questions(span, with_orders=orders is None))
            unheard = {key[1].split()[0] for key, answer in answers.items() if is_no_such_symbol(answer)}
            if unheard:
                rounds.bar(unheard)
                continue
            seen = self.orders(answers) if orders is None else orders
            state = self._state(answers)
            rounds.know(state.coins)
            if not rounds.coins <= set(span.coins):
                # A process that knew of no coin keeps the whole account's orders for its second round.
                orders = orders if span.coins else seen
                continue
            if state.differs is None:
                held = {position.slot: position.size for position in state.positions}
                return _holdings(state, seen, rounds.trades.fills(answers, span, held), span)
            differing += 1
            if differing == STALE_READS_MAX:
                raise Malformed(f"{state.differs}: its servers lag; nothing may be concluded from it")
            self._clock.sleep(pause_s)
            pause_s *= 2
        raise Malformed(f"positionRisk: in {READS_MAX} readings it listed a new coin again and again")

    def _questions(self, span: Span, *, with_orders: bool) -> dict[Key, Question]:
        return {
            **(self.order_questions() if with_orders else {}),
            **self.account_questions(),
            ("account", ""): asking.ACCOUNT,
            ("positions", ""): asking.POSITIONS,
            **self._rounds.trades.questions(span),
        }

    def _state(self, answers: Mapping[Key, Answer | Lost]) -> State:
        at_ms = server_time(value_of(answers[TIME], "time"))
        self.take_account(answers)
        money = parse_account.money(value_of(answers["account", ""], "account"))
        risk = self._risk(value_of(answers["positions", ""], "positionRisk"))
        if risk.two_sided is not None:
            self._rounds.two_sided = risk.two_sided
        coins = risk.coins | {coin for coin, _ in money.sizes}
        return State(at_ms, money.account, risk.positions, coins, self._difference(money, risk))

    def _risk(self, value: object) -> Risk:
        """Positions with their settings; if those lack a coin, the next reading asks for them anew."""
        try:
            return parse_account.risk(value, self._settings or {})
        except Malformed:
            self._settings = None
            raise

    def _difference(self, money: Money, risk: Risk) -> str | None:
        """Why these two answers are not of one moment, or of an older one than was seen."""
        if money.changed_ms < self._changed_ms:
            return f"account: it is as of {money.changed_ms}, but {self._changed_ms} was seen before"
        self._changed_ms = money.changed_ms
        if dict(risk.sizes) == dict(money.sizes):
            return None
        told = [
            ", ".join(f"{coin} {size}" for (coin, _), size in sizes.items()) or "nothing"
            for sizes in (risk.sizes, money.sizes)
        ]
        return f"positionRisk lists {strict.shown(told[0])}, account {strict.shown(told[1])}"


def _holdings(state: State, orders: Orders, fills: tuple[Fill, ...] | Unreadable, span: Span) -> Holdings:
    return Holdings(
        at_ms=state.at_ms,
        account=state.account,
        positions=state.positions,
        orders=orders,
        fills=fills,
        fills_since_ms=span.since_ms,
        fills_complete=not isinstance(fills, Unreadable),
    )
