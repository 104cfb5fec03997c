"""The exchange's memory as plain JSON values, and back without loss.

Decimals are strings, words are their values, tuples are lists. Each field that is not plain JSON stands in a
table here; a field that is missing or unknown is an error, never a default.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, TypeVar

from trader.exchange.orders import Leverage, Liquidity, Order, Position, TriggerSpec
from trader.exchange.rows import EquityRow, Fill, FundingRow, HistoryRow, LedgerRow, LiquidationMark
from trader.exchange.rules import Market, Tier
from trader.exchange.state import Account, CoinState, State
from trader.exchange.status import Grouping, Reason, Status, Tif, Trigger

T = TypeVar("T")
Reader = Callable[[Any], Any]
LISTS = ("fills", "funding", "ledger", "history", "equity")


class BadRecord(ValueError):
    """The memory handed in is not one that this program wrote."""


def plain(value: Any) -> Any:
    """Any value of this package as JSON values."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return {each.name: plain(getattr(value, each.name)) for each in fields(value)}


def build(kind: type[T], data: Mapping[str, Any], readers: Mapping[str, Reader]) -> T:
    """One value from its record; the record's keys must be exactly the fields."""
    wanted = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    if set(data) != wanted:
        odd = sorted(wanted.symmetric_difference(data))
        raise BadRecord(
            f"record of {kind.__name__}: fields {odd} are missing or unknown; another version wrote it"
        )
    values = {}
    for name, item in data.items():
        reader = readers.get(name)
        values[name] = item if reader is None or item is None else reader(item)
    return kind(**values)


def money(*names: str) -> dict[str, Reader]:
    """The named fields are Decimals."""
    return dict.fromkeys(names, Decimal)


def mapped(read: Reader) -> Reader:
    """A mapping of names to values."""
    return lambda data: {key: read(item) for key, item in data.items()}


def read_trigger(data: Mapping[str, Any]) -> TriggerSpec:
    """A trigger from its record."""
    return build(TriggerSpec, {"gap_max": None, **data}, {"kind": Trigger, **money("px", "gap_max")})


def read_order(data: Mapping[str, Any]) -> Order:
    """An order from its record."""
    words: dict[str, Reader] = {"tif": Tif, "trigger": read_trigger, "grouping": Grouping, "status": Status}
    kin: dict[str, Reader] = {"children": tuple, "siblings": tuple, "failure": Reason}
    return build(Order, data, money("px", "sz", "orig_sz", "filled") | words | kin)


def read_position(data: Mapping[str, Any]) -> Position:
    """A position from its record."""
    return build(Position, data, money("szi", "cost", "collateral", "funding_open", "funding_change"))


def read_leverage(data: Mapping[str, Any]) -> Leverage:
    """A leverage setting from its record."""
    return build(Leverage, data, {})


def read_account(data: Mapping[str, Any]) -> Account:
    """An account from its record."""
    parts: dict[str, Reader] = {
        "leverages": mapped(read_leverage),
        "positions": mapped(read_position),
        "funding_paid": mapped(Decimal),
    }
    return build(Account, data, money("maker_rate", "taker_rate", "cash", "flows") | parts)


def read_coin(data: Mapping[str, Any]) -> CoinState:
    """A coin's settings from their record."""
    numbers = money("funding_rate", "spread_bps", "mark_offset", "mid_offset", "oracle_offset")
    return build(CoinState, data, numbers | {"liquidity": read_liquidity})


def read_liquidity(data: Mapping[str, Any]) -> Liquidity:
    """A book setting from its record."""
    return build(Liquidity, data, money("size", "step_bps", "fraction", "resting_size"))


def read_market(data: Mapping[str, Any]) -> Market:
    """A market from its record."""
    numbers = money("size_step", "price_step", "contract", "size_min", "size_max", "market_size_max")
    fractions = money("min_notional", "limit_band", "market_band")
    return build(Market, data, numbers | fractions | {"tiers": read_tiers})


def read_tiers(data: list[Mapping[str, Any]]) -> tuple[Tier, ...]:
    """Margin tiers from their record."""
    return tuple(build(Tier, each, money("lower_bound", "maintenance")) for each in data)


def read_state(data: Mapping[str, Any]) -> State:
    """The mutable part from its record."""
    parts: dict[str, Reader] = {
        "accounts": mapped(read_account),
        "orders": lambda orders: {int(oid): read_order(order) for oid, order in orders.items()},
        "coins": mapped(read_coin),
        "changed_markets": mapped(read_market),
        "low_first": dict,
    }
    return build(State, data, parts)


def read_fill(data: Mapping[str, Any]) -> Fill:
    """A fill from its record."""
    numbers = money("px", "sz", "start_position", "closed_pnl", "fee")
    forced = {"liquidation": lambda item: build(LiquidationMark, item, money("mark_px"))}
    return build(Fill, data, numbers | forced)


def read_funding(data: Mapping[str, Any]) -> FundingRow:
    """A funding payment from its record."""
    return build(FundingRow, data, money("usdc", "szi", "rate", "px"))


def read_ledger(data: Mapping[str, Any]) -> LedgerRow:
    """A cash movement from its record."""
    return build(LedgerRow, data, money("usdc"))


def read_history(data: Mapping[str, Any]) -> HistoryRow:
    """A status change from its record."""
    return build(HistoryRow, data, {"status": Status, "order": read_order})


def read_equity(data: Mapping[str, Any]) -> EquityRow:
    """A sample of equity from its record."""
    return build(EquityRow, data, money("equity", "profit"))
