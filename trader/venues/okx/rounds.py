"""Readings of the account: positions, balance and fills of one round, and orders no later than those.

* Positions, balance, fills and the venue's clock come from one round, and orders from that round or an
  earlier one: a fill in between is then seen twice, never nowhere.
* The venue's answers carry no time of their own. A clock that runs backwards is a server that lags: all is
  read again a few times, then refused.
* Before anything is concluded the venue has named the account, and it is the one that was meant.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from trader.core.errors import Denied, Malformed
from trader.core.identity import account_tag
from trader.core.market import Market, Slot
from trader.core.orders import Order, Unreadable
from trader.core.ports import Clock
from trader.core.snapshot import Holdings
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.okx import asking, parse_account, parse_market, parse_orders
from trader.venues.okx.asking import EXITS, ROWS_A_PAGE, TRIGGERS, Question
from trader.venues.okx.envelope import data_of, read
from trader.venues.okx.executions import Executions
from trader.venues.okx.notices import Notices
from trader.venues.okx.origins import OrderNames
from trader.venues.okx.parse_account import Config
from trader.venues.okx.parse_market import InstrumentTable
from trader.venues.okx.past import MoneyRecord
from trader.venues.okx.wire import Wire, clock_of

if TYPE_CHECKING:
    from trader.core.memo import Memo

STALE_READS_MAX = 4
STALE_PAUSE_S = 0.25
ORDER_PAGES_MAX = 10

Orders = tuple[Order, ...] | Unreadable
ORDER_QUESTIONS: tuple[Question, ...] = (
    asking.open_orders(),
    asking.open_algos(EXITS),
    asking.open_algos(TRIGGERS),
)


class Rounds:
    """Asks the venue; remembers for the process its instruments, the account's set-up and what it held."""

    def __init__(self, wire: Wire, clock: Clock, *, account_id: str, memo: "Memo | None" = None) -> None:
        self.wire = wire
        self.memo = memo
        self.account_id = account_id
        self._clock = clock
        self._names = OrderNames(wire)
        self.notices = Notices(clock, is_simulated=wire.is_simulated)
        self.table: InstrumentTable | None = None
        self.config: Config | None = None
        self.bands: dict[str, Decimal | None] = {}
        """How far from mark a limit of a coin may stand, as it was read last."""
        self.cross_of: dict[Slot, bool] = {}
        """The margin kind of each open position: an exit has to be of the same."""
        self.others: tuple[str, ...] = ()
        """Products that are held beside the swaps on the same margin, as they were read last."""
        self.algo_ids: set[str] = set()
        """Numbers of conditional orders that were seen: a cancel has to go to the book that they are in."""

    def known_table(self) -> InstrumentTable:
        """The instruments, read now when no observation has read them in this process."""
        if self.table is None:
            answer = self.wire.ask([asking.instruments()])[0]
            self.table = InstrumentTable(data_of(answer, "instruments"))
        return self.table

    def take_table(self, answer: Answer | Lost) -> str | None:
        """Keep the instruments for the process; why it is an old table, or none, otherwise."""
        table = read(answer, "instruments", InstrumentTable)
        if isinstance(table, Unreadable):
            return table.why
        self.table = table
        return None

    def known_config(self) -> Config:
        """The account's set-up, read now when nothing has read it in this process."""
        return self.config or self.take_config(self.wire.ask([asking.config()])[0])

    def take_config(self, answer: Answer | Lost) -> Config:
        """Keep what the venue says of the account, unless it is another one."""
        found = parse_account.config(data_of(answer, "account/config"))
        other = parse_account.other_account(found, self.account_id)
        if other is not None:
            raise Denied(other)
        self.config = found
        return found

    def market(self, coin: str) -> Market | None:
        """A coin's rules; None when they are not known or cannot be understood."""
        try:
            return None if self.table is None else self.table.market(coin, band=self.bands.get(coin))
        except Malformed:
            return None

    def take_band(self, coin: str, limits: Answer | Lost, mark: Decimal | None) -> Unreadable | None:
        """Keep a coin's limits; why they are not known otherwise, which forbids nothing that protects."""
        if mark is None:
            return Unreadable(f"price-limit of {coin}", "its mark is not known", answered=True)
        band = read(limits, f"price-limit of {coin}", lambda data: parse_market.band(data, coin, mark))
        if isinstance(band, Unreadable):
            return band
        self.bands[coin] = band
        return None

    def know_band(self, coin: str) -> None:
        """Ask for a coin's limits unless they were read in this process."""
        if coin not in self.bands:
            limits, marks = self.wire.ask([asking.price_limit(coin), asking.marks()])
            known = read(marks, "mark-price", parse_market.marks)
            self.take_band(coin, limits, None if isinstance(known, Unreadable) else known.get(coin))

    def contract(self, coin: str) -> Decimal | None:
        return None if self.table is None else self.table.contract(coin)

    def holdings(
        self, fills_back_ms: int, orders: Orders | None = None, record: MoneyRecord | None = None
    ) -> Holdings:
        """One round of positions, balance and fills, of orders unless they were read before, and of the
        record of the account's money where it is wanted."""
        pause_s = STALE_PAUSE_S
        for _ in range(STALE_READS_MAX):
            found = self._holdings(fills_back_ms, orders, record)
            if isinstance(found, Holdings):
                return found
            self._clock.sleep(pause_s)
            pause_s *= 2
        raise Malformed(
            f"public/time: the venue's clock says {found}, but {self.wire.time.seen_ms} was seen before: its "
            "servers lag; nothing may be concluded from them"
        )

    def _holdings(
        self, fills_back_ms: int, orders: Orders | None, record: MoneyRecord | None
    ) -> Holdings | int:
        """One reading, or the time of a server that lags."""
        executions = Executions(self.wire, self._names, fills_back_ms)
        asked: dict[str, Question] = {
            "positions": asking.positions(),
            "balance": asking.balance(),
            "clock": asking.clock(),
        }
        if self.config is None:
            asked["config"] = asking.config()
        if self.table is None:
            asked["table"] = asking.instruments()
        listed = () if orders is not None else ORDER_QUESTIONS
        of_money = () if record is None else record.questions
        came = self.wire.ask([*asked.values(), *executions.questions, *listed, *of_money])
        answers = dict(zip(asked, came[: len(asked)], strict=True))
        rest, money = came[len(asked) : len(came) - len(of_money)], came[len(came) - len(of_money) :]
        at_ms = clock_of(answers["clock"])
        if self.wire.time.is_stale(at_ms):
            return at_ms
        self.wire.time.saw(at_ms)
        if "table" in answers:
            self.take_table(answers["table"])
        if "config" in answers:
            self.take_config(answers["config"])
        held = parse_account.positions(data_of(answers["positions"], "positions"), self.contract)
        account = parse_account.balance(data_of(answers["balance"], "balance"), held)
        if record is not None:
            record.take(money, answers["positions"])
        self.others = held.others
        self.cross_of = {position.slot: position.cross for position in held.positions}
        count = len(executions.questions)
        sizes = {position.slot: position.size for position in held.positions}
        fills, complete = executions.told(rest[:count], self.contract, sizes, account_tag(self.account_id))
        return Holdings(
            at_ms=at_ms,
            account=account,
            positions=held.positions,
            orders=self.orders(rest[count:]) if orders is None else orders,
            fills=fills,
            fills_since_ms=executions.since_ms,
            fills_complete=complete,
        )

    def orders(self, answers: Sequence[Answer | Lost]) -> Orders:
        """The live orders of both books; what one of them does not tell leaves all of it unread."""
        found: dict[str, Order] = {}
        for question, answer in zip(ORDER_QUESTIONS, answers, strict=True):
            book = self._book(question, answer)
            if isinstance(book, Unreadable):
                return book
            found |= {f"{order.order_id}:{order.kind.value}": order for order in book}
        self.algo_ids |= {order.order_id for order in found.values() if order.trigger is not None}
        return tuple(found.values())

    def _book(self, question: Question, answer: Answer | Lost) -> Orders:
        """All pages of one book."""
        is_algo = question.what == "trade/orders-algo-pending"
        parse = parse_orders.algo_orders if is_algo else parse_orders.normal_orders
        key = "algoId" if is_algo else "ordId"
        found: list[Order] = []
        for _ in range(ORDER_PAGES_MAX):
            page = read(answer, question.what, lambda data: (parse(data, self.contract), _last(data, key)))
            if isinstance(page, Unreadable):
                return page
            found += page[0]
            if page[1] is None:
                return tuple(found)
            answer = self.wire.ask([_after(question, page[1])])[0]
        return Unreadable(question.what, f"more than {ORDER_PAGES_MAX * ROWS_A_PAGE} orders are open")


def _last(data: Sequence[object], key: str) -> str | None:
    """The number after which the next page begins; None when this page was not full."""
    if len(data) < ROWS_A_PAGE:
        return None
    return strict.text(strict.as_row(data[-1], "the last row"), key, "the last row")


def _after(question: Question, number: str) -> Question:
    joined = f"{question.target}&after={number}"
    return Question(question.what, joined, question.is_private)
