"""What the account is, what it holds and how it is set up, as values.

* The id that the venue names decides whose account this is.
* A currency without a balance is left out by the venue: no USDT row is no USDT, unless a position says else.
* Margin and maintenance are counted from the positions, because which total carries them depends on the
  account's mode.
* What makes an account unfit for new risk is said in words; protection goes on.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from trader.core.errors import Malformed
from trader.core.frozen import frozen
from trader.core.market import Leg, Slot
from trader.core.snapshot import Account, Leverage, Position
from trader.venues import strict
from trader.venues.okx import parse_orders
from trader.venues.okx.contracts import coin_of, coins_in, inst_id
from trader.venues.okx.envelope import only_row
from trader.venues.okx.numbers import amount_or_none
from trader.venues.okx.parse_orders import ContractOf
from trader.venues.strict import Row

_RATE_MAX = Decimal("0.01")
_ZERO = Decimal(0)
_ENDS_TAKERS = ("cancel_taker", "cancel_both")
_LEVELS = {"1": "spot mode", "2": "futures mode", "3": "multi-currency mode", "4": "portfolio margin mode"}


@frozen
class Config:
    """One `account/config`.

    rights: what the key may do. addresses: from where alone it works; None where that was not told. kept: how
    positions and margin are kept, in the venue's words. kept_problems: why that does not serve.
    """

    account_id: str
    two_sided: bool
    rights: frozenset[str]
    addresses: tuple[str, ...] | None
    kept: str
    kept_problems: tuple[str, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """Why this account takes no new risk by this key."""
        found = list(self.kept_problems)
        if "withdraw" in self.rights:
            found.append("the key may withdraw: make one that may only read and trade, and delete this one")
        if "trade" not in self.rights:
            found.append("the key may not trade: give it that permission, or use another key")
        return tuple(found)


def config(data: list[object]) -> Config:
    where = "account/config"
    row = only_row(data, where)
    account_id = strict.text(row, "uid", where)
    if not account_id:
        strict.wrong(account_id, f"{where}.uid", "the account's id")
    sides = strict.choice(row, "posMode", where, ("net_mode", "long_short_mode"))
    addresses = strict.optional_text(row, "ip", where)
    return Config(
        account_id=account_id,
        two_sided=sides == "long_short_mode",
        rights=frozenset(strict.text(row, "perm", where).split(",")),
        addresses=None if addresses is None else tuple(one for one in addresses.split(",") if one),
        kept=f"{_level(row, where)}, {sides}, self-trade {_self_trade(row, where) or 'not told'}",
        kept_problems=tuple(_kept_problems(row, where)),
    )


def other_account(found: Config, account_id: str) -> str | None:
    """Why this is not the account that was meant."""
    if found.account_id == account_id:
        return None
    named = strict.shown(found.account_id)
    return (
        f"the key is of account {named}, the credentials name {strict.shown(account_id)}: if the key is "
        f"right, write OKX_ACCOUNT={named}; else use the key of that account"
    )


def _level(row: Row, where: str) -> str:
    level = strict.text(row, "acctLv", where)
    return _LEVELS.get(level, f"account level {strict.shown(level)}")


def _self_trade(row: Row, where: str) -> str | None:
    said = strict.optional_text(row, "acctStpMode", where)
    return None if said is None else strict.shown(said)


def _kept_problems(row: Row, where: str) -> list[str]:
    problems: list[str] = []
    if strict.text(row, "acctLv", where) not in ("2", "3"):
        problems.append(
            f"the account is in {_level(row, where)}: switch it to futures mode in the venue's account "
            "settings"
        )
    if _self_trade(row, where) in _ENDS_TAKERS:
        problems.append(
            f"self-trade prevention is {_self_trade(row, where)}: a stop that meets a resting entry of this "
            "account would be cancelled; set it to cancel maker"
        )
    if strict.optional_text(row, "stgyType", where) not in (None, "", "0"):
        problems.append("the account trades a strategy of the venue's own: switch it back to the general one")
    if strict.optional_text(row, "ctIsoMode", where) not in (None, "", "automatic"):
        problems.append("isolated margin is moved by hand: set its transfers to automatic")
    return problems


@frozen
class Held:
    """The positions that can be managed, and the other products that share their margin."""

    positions: tuple[Position, ...]
    margin_used: Decimal
    maintenance: Decimal
    in_usdt: bool
    others: tuple[str, ...]


def positions(data: list[object], contract_of: ContractOf) -> Held:
    found: dict[Slot, Position] = {}
    others: list[str] = []
    used = maintenance = _ZERO
    in_usdt = False
    for row, where in strict.rows(data, "positions"):
        size = strict.amount(row, "pos", where)
        if size == 0:
            continue
        is_usdt = strict.text(row, "ccy", where) == "USDT"
        in_usdt = in_usdt or is_usdt
        coin = coin_of(strict.text(row, "instId", where))
        if coin is None:
            others += [strict.shown(row["instId"])] if is_usdt else []
            continue
        one = _position(row, where, coin, coins_in(size, contract_of(coin), where))
        if one.slot in found:
            raise Malformed(
                f"{where}: {one.slot} is held twice, on cross and on isolated margin: which stop guards "
                "which cannot be told; close one of them by hand"
            )
        found[one.slot] = one
        used += one.margin_used
        maintenance += strict.not_negative(row, "mmr", where)
    _require_one_kind(tuple(found))
    return Held(tuple(found.values()), used, maintenance, in_usdt, tuple(others))


def _position(row: Row, where: str, coin: str, size: Decimal) -> Position:
    leg = parse_orders.leg(row, where)
    if leg is not None and size < 0:
        strict.wrong(size, f"{where}.pos", f"more than zero on the {leg.value} leg")
    cross = strict.choice(row, "mgnMode", where, ("cross", "isolated")) == "cross"
    unrealised = strict.amount(row, "upl", where)
    return Position(
        coin=coin,
        size=-size if leg is Leg.SHORT else size,
        entry_price=strict.positive(row, "avgPx", where),
        mark=strict.positive(row, "markPx", where),
        liquidation=_liquidation(row, where),
        leverage=_lever(row, where),
        cross=cross,
        margin_used=strict.not_negative(row, "imr", where)
        if cross
        else strict.not_negative(row, "margin", where) + unrealised,
        unrealised=unrealised,
        two_sided=leg is not None,
    )


def _liquidation(row: Row, where: str) -> Decimal | None:
    """Empty, or not above zero, where no price could liquidate it."""
    price = amount_or_none(row, "liqPx", where)
    return price if price is not None and price > 0 else None


def _require_one_kind(slots: Sequence[Slot]) -> None:
    if len({slot.leg is None for slot in slots}) > 1:
        raise Malformed("positions: some are of a one-way account and some of a two-sided one")


def _lever(row: Row, where: str) -> int:
    lever = strict.positive(row, "lever", where)
    return max(1, round(lever))


def balance(data: list[object], held: Held) -> Account:
    """The account's USDT, which everything here is counted in."""
    where = "balance"
    row = only_row(data, where)
    # An account that a gap has left with a debt is worth less than nothing, and still has to be read.
    strict.amount(row, "totalEq", where)
    mine = [
        (one, place)
        for one, place in strict.rows(strict.field(row, "details", where), f"{where}.details")
        if strict.text(one, "ccy", place) == "USDT"
    ]
    if len(mine) > 1 or (held.positions and not mine):
        raise Malformed(f"{where}: {len(mine)} rows of USDT beside {len(held.positions)} positions")
    if not mine:
        return Account(_ZERO, held.margin_used, held.maintenance)
    usdt, place = mine[0]
    if not held.in_usdt:
        _require_flat(usdt, place)
    return Account(strict.amount(usdt, "eq", place), held.margin_used, held.maintenance)


def _require_flat(row: Row, where: str) -> None:
    """The balance knows of positions too: a list that lacks them all does not agree with it."""
    told = {key: amount_or_none(row, key, where) or _ZERO for key in ("upl", "isoUpl", "isoEq")}
    if any(told.values()):
        said = ", ".join(f"{key} {value}" for key, value in told.items() if value)
        raise Malformed(
            f"{where}: {said}, but the list of positions is empty: a part is missing, so nothing may be "
            "concluded from it"
        )


def leverage(data: list[object], coin: str, *, cross: bool) -> Leverage:
    """The setting of a coin, also of one without a position.

    Where the two legs differ, because only one of two writes arrived, setting it anew sets both.
    """
    where = f"leverage-info of {coin}"
    kind = "cross" if cross else "isolated"
    levers: list[int] = []
    for row, place in strict.rows(data, where):
        strict.choice(row, "mgnMode", place, (kind,))
        if strict.text(row, "instId", place) != inst_id(coin):
            strict.wrong(row["instId"], f"{place}.instId", inst_id(coin))
        levers.append(_lever(row, place))
    if not levers:
        raise Malformed(f"{where}: no row at all")
    return Leverage(max(levers), cross, legs_differ=len(set(levers)) > 1)


def fees(data: list[object], groups: frozenset[str]) -> tuple[Decimal, Decimal]:
    """The account's taker and maker rates, positive when paid; of several groups the dearest."""
    where = "trade-fee"
    row = only_row(data, where)
    listed = list(strict.rows(row.get("feeGroup") or [], f"{where}.feeGroup"))
    mine = [pair for pair in listed if strict.text(pair[0], "groupId", pair[1]) in groups] or listed
    rates = [_rates(one, "taker", "maker", place) for one, place in mine] or [_plain_rates(row, where)]
    taker, maker = max(rate[0] for rate in rates), max(rate[1] for rate in rates)
    if not (0 <= taker <= _RATE_MAX and -_RATE_MAX <= maker <= _RATE_MAX):
        strict.wrong((taker, maker), where, f"rates of at most {_RATE_MAX}")
    return taker, maker


def _plain_rates(row: Row, where: str) -> tuple[Decimal, Decimal]:
    """Of USDT contracts where the venue tells them apart."""
    if strict.optional_text(row, "takerU", where):
        return _rates(row, "takerU", "makerU", where)
    return _rates(row, "taker", "maker", where)


def _rates(row: Mapping[str, object], taker: str, maker: str, where: str) -> tuple[Decimal, Decimal]:
    """The venue writes what is paid as negative."""
    told = dict(row)
    return -strict.amount(told, taker, where), -strict.amount(told, maker, where)
