"""What the account holds and how it is set up, as values.

* A flat symbol is absent from the positions; everything else that is absent makes the answer malformed.
* The venue tells the positions twice, with the money and with their prices: two answers of one round that
  do not list the same sizes are not of one moment, and nothing is concluded from them.
* Leverage and margin type stand in a third place, the settings of each symbol.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from trader.core.errors import Malformed
from trader.core.frozen import frozen
from trader.core.market import Leg, leg_of
from trader.core.snapshot import Account, Leverage, Position
from trader.venues import strict
from trader.venues.binance.parse_orders import leg
from trader.venues.binance.symbols import coin_of
from trader.venues.strict import Row

_RATE_MAX = Decimal("0.01")
_LEVERAGE_MAX = 1000

Sizes = Mapping[tuple[str, Leg | None], Decimal]


@frozen
class Setup:
    """`accountConfig`."""

    two_sided: bool
    can_trade: bool = True
    multi_assets: bool = False

    @property
    def kept(self) -> str:
        """How positions and margin are kept, in the venue's words."""
        sides = "hedge mode" if self.two_sided else "one-way mode"
        return f"{sides}, {'multi-assets' if self.multi_assets else 'single-asset'} margin"

    @property
    def trading_problem(self) -> str | None:
        if self.can_trade:
            return None
        return "the venue does not let this account trade (canTrade is false)"

    @property
    def kept_problem(self) -> str | None:
        if not self.multi_assets:
            return None
        return (
            "the account is in multi-assets margin, where other coins count as money, so that sizes and "
            "limits would be wrong; switch it to single-asset margin in the venue's preferences"
        )

    @property
    def problem(self) -> str | None:
        """Why the account can take no new risk."""
        return self.trading_problem or self.kept_problem


@frozen
class Risk:
    """`positionRisk`: what is held, and every coin that is held or has an open order."""

    positions: tuple[Position, ...]
    coins: frozenset[str]
    two_sided: bool | None

    @property
    def sizes(self) -> Sizes:
        return {(p.coin, p.leg if p.two_sided else None): p.size for p in self.positions}


@frozen
class Money:
    """`account`: the money, the sizes that stand beside it, and when the venue last changed any of it."""

    account: Account
    sizes: Sizes
    changed_ms: int


def money(value: object) -> Money:
    where = "account"
    row = strict.as_row(value, where)
    told = Account(
        equity=strict.amount(row, "totalMarginBalance", where),
        margin_used=strict.not_negative(row, "totalInitialMargin", where),
        maintenance=strict.not_negative(row, "totalMaintMargin", where),
    )
    sizes: dict[tuple[str, Leg | None], Decimal] = {}
    for inner, place in strict.rows(strict.field(row, "positions", where), "account.positions"):
        size = strict.amount(inner, "positionAmt", place)
        if size != 0:
            key = coin_of(strict.text(inner, "symbol", place)), leg(inner, place)
            _once(sizes, key, place)
            sizes[key] = size
    assets = strict.rows(strict.field(row, "assets", where), "account.assets")
    changed_ms = max((strict.whole(inner, "updateTime", place) for inner, place in assets), default=0)
    return Money(told, sizes, changed_ms)


def risk(value: object, settings: Mapping[str, Leverage]) -> Risk:
    """Positions with their prices; one whose setting is not known is malformed."""
    held: dict[tuple[str, Leg | None], Position] = {}
    coins: set[str] = set()
    sides: set[bool] = set()
    for row, place in strict.rows(value, "positionRisk"):
        coin = coin_of(strict.text(row, "symbol", place))
        coins.add(coin)
        direction = leg(row, place)
        sides.add(direction is not None)
        one = _position(row, place, coin, direction, settings)
        if one is not None:
            _once(held, (coin, direction), place)
            held[coin, direction] = one
    if len(sides) > 1:
        raise Malformed("positionRisk: it lists one-way and two-sided positions together")
    positions = tuple(_own_liquidation(one, held) for one in held.values())
    return Risk(positions, frozenset(coins), next(iter(sides), None))


def _once(seen: Mapping[tuple[str, Leg | None], object], key: tuple[str, Leg | None], where: str) -> None:
    if key in seen:
        raise Malformed(f"{where}: {strict.shown(key[0])} is held twice")


def _position(
    row: Row, where: str, coin: str, direction: Leg | None, settings: Mapping[str, Leverage]
) -> Position | None:
    size = strict.amount(row, "positionAmt", where)
    if size == 0:
        return None
    if direction is not None and leg_of(size) is not direction:
        strict.wrong(str(size), f"{where}.positionAmt", f"the sign of a {direction.value} leg")
    setting = settings.get(coin)
    if setting is None:
        raise Malformed(f"{where}: symbolConfig has no leverage and margin type of {strict.shown(coin)}")
    used = "positionInitialMargin" if setting.cross else "isolatedMargin"
    return Position(
        coin=coin,
        size=size,
        entry_price=strict.positive(row, "entryPrice", where),
        mark=strict.positive(row, "markPrice", where),
        liquidation=strict.amount(row, "liquidationPrice", where) or None,
        leverage=setting.leverage,
        cross=setting.cross,
        margin_used=strict.amount(row, used, where),
        unrealised=strict.amount(row, "unRealizedProfit", where),
        two_sided=direction is not None,
    )


def _own_liquidation(position: Position, held: Mapping[tuple[str, Leg | None], Position]) -> Position:
    """The liquidation price where it threatens this leg.

    Two legs on cross margin are told one price between them: it lies on the losing side of one of them only,
    and says nothing of the other.
    """
    both = position.two_sided and len([key for key in held if key[0] == position.coin]) > 1
    price = position.liquidation
    if price is None:
        return position
    is_elsewhere = both and (position.mark - price) * position.leg.sign <= 0
    return replace(position, liquidation=None) if price < 0 or is_elsewhere else position


def coin_settings(value: object) -> dict[str, Leverage]:
    """Leverage and margin type of every symbol."""
    found: dict[str, Leverage] = {}
    for row, place in strict.rows(value, "symbolConfig"):
        leverage = strict.whole(row, "leverage", place)
        if not 1 <= leverage <= _LEVERAGE_MAX:
            strict.wrong(leverage, f"{place}.leverage", f"1 to {_LEVERAGE_MAX}")
        cross = strict.choice(row, "marginType", place, ("CROSSED", "ISOLATED")) == "CROSSED"
        found[coin_of(strict.text(row, "symbol", place))] = Leverage(leverage, cross)
    return found


def setup(value: object) -> Setup:
    """How many sides the account has, and how it is kept."""
    where = "accountConfig"
    row = strict.as_row(value, where)
    return Setup(
        two_sided=strict.flag(row, "dualSidePosition", where),
        can_trade=strict.flag(row, "canTrade", where),
        multi_assets=strict.flag(row, "multiAssetsMargin", where),
    )


def account_id(value: object) -> str:
    """The account's own name at the venue, which every line of its balance carries."""
    names = {strict.text(row, "accountAlias", place) for row, place in strict.rows(value, "balance")}
    if len(names) != 1:
        raise Malformed(f"balance: expected one accountAlias in its lines, got {strict.shown(sorted(names))}")
    return names.pop()


def other_account(told: str, meant: str) -> str:
    """What to do about a key of another account than the one in the credentials."""
    return (
        f"the key is of account {strict.shown(told)}, the credentials name {strict.shown(meant)}: if the key "
        f"is right, write BINANCE_ACCOUNT={strict.shown(told)}; else use the key of that account"
    )


def fee_rates(value: object, symbol: str) -> tuple[Decimal, Decimal]:
    """The account's taker and maker rates; a maker's may be negative."""
    where = f"commissionRate of {symbol}"
    row = strict.as_row(value, where)
    strict.choice(row, "symbol", where, (symbol,))
    taker = strict.amount(row, "takerCommissionRate", where)
    maker = strict.amount(row, "makerCommissionRate", where)
    if not (0 <= taker <= _RATE_MAX and -_RATE_MAX <= maker <= _RATE_MAX):
        strict.wrong((taker, maker), where, f"rates of at most {_RATE_MAX}")
    return taker, maker
