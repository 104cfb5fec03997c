"""The account as a whole, its balances and its positions, in the venue's versions 2 and 3.

Rules: version 3 shows only symbols with a position or open orders and no settings; version 2 shows all
symbols with leverage and margin type. Everything is the one margin asset; a wallet is cash with what
isolated positions hold.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from trader.core.frozen import frozen
from trader.sim.binance.decimals import fixed, money, money_floor, plain
from trader.sim.binance.positions import NAME_OF, ZERO, Side, sides
from trader.sim.binance.requests import Asked
from trader.sim.binance.symbols import QUOTE
from trader.sim.binance.venue import Venue


@frozen
class Totals:
    """The sums of one account."""

    cross_wallet: Decimal
    isolated_wallet: Decimal
    cross_unrealized: Decimal
    unrealized: Decimal
    maintenance: Decimal
    position_margin: Decimal
    order_margin: Decimal
    available: Decimal
    withdrawable: Decimal
    updated_ms: int

    @property
    def wallet(self) -> Decimal:
        return self.cross_wallet + self.isolated_wallet


def totals(venue: Venue, user: str) -> Totals:
    return _totals(venue, user, sides(venue, user, tuple(venue.symbols), with_flat=False))


def _totals(venue: Venue, user: str, rows: Sequence[Side]) -> Totals:
    """The sums over these rows, which are all that are not flat."""
    view = venue.model.account(user)
    held = venue.model.positions(user)
    cross_cost = sum((p.cost for p in held if p.collateral is None), ZERO)
    crossed = sum((row.unrealized for row in rows if not row.is_isolated), ZERO)
    reserved = view.cross.account_value - view.cross.total_margin_used - view.available
    fills, moves = venue.model.fills(user), venue.model.ledger(user)
    return Totals(
        cross_wallet=view.cross.total_raw_usd + cross_cost,
        isolated_wallet=sum((p.collateral or ZERO for p in held), ZERO),
        cross_unrealized=crossed,
        unrealized=sum((row.unrealized for row in rows), ZERO),
        maintenance=sum((row.maintenance for row in rows), ZERO),
        position_margin=sum((row.position_margin for row in rows), ZERO),
        order_margin=max(reserved, ZERO),
        available=max(view.available, ZERO),
        withdrawable=view.withdrawable,
        updated_ms=max([rows[-1].at_ms for rows in (fills, moves) if rows], default=0),
    )


def account_v3(asked: Asked) -> Any:
    venue, user = asked.venue, asked.user
    rows = sides(venue, user, tuple(venue.symbols), with_flat=False)
    found = _totals(venue, user, rows)
    return _sums(found) | {
        "assets": [_asset(found)],
        "positions": [_position_v3(venue, row) for row in rows],
    }


def account_v2(asked: Asked) -> Any:
    venue, user = asked.venue, asked.user
    found = totals(venue, user)
    asset = _asset(found)
    updated = asset.pop("updateTime")
    rows = sides(venue, user, tuple(venue.symbols), with_flat=True)
    head = {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "updateTime": 0,
        "multiAssetsMargin": user in venue.multi_assets,
        "tradeGroupId": -1,
    }
    return (
        head
        | _sums(found)
        | {
            "assets": [asset | {"marginAvailable": True, "updateTime": updated}],
            "positions": [_position_v2(venue, row) for row in rows],
        }
    )


def _sums(found: Totals) -> dict[str, Any]:
    return {
        "totalInitialMargin": money(found.position_margin + found.order_margin),
        "totalMaintMargin": money(found.maintenance),
        "totalWalletBalance": money(found.wallet),
        "totalUnrealizedProfit": money(found.unrealized),
        "totalMarginBalance": money(found.wallet + found.unrealized),
        "totalPositionInitialMargin": money(found.position_margin),
        "totalOpenOrderInitialMargin": money(found.order_margin),
        "totalCrossWalletBalance": money(found.cross_wallet),
        "totalCrossUnPnl": money(found.cross_unrealized),
        "availableBalance": money_floor(found.available),
        "maxWithdrawAmount": money_floor(found.withdrawable),
    }


def _asset(found: Totals) -> dict[str, Any]:
    return {
        "asset": QUOTE,
        "walletBalance": money(found.wallet),
        "unrealizedProfit": money(found.unrealized),
        "marginBalance": money(found.wallet + found.unrealized),
        "maintMargin": money(found.maintenance),
        "initialMargin": money(found.position_margin + found.order_margin),
        "positionInitialMargin": money(found.position_margin),
        "openOrderInitialMargin": money(found.order_margin),
        "crossWalletBalance": money(found.cross_wallet),
        "crossUnPnl": money(found.cross_unrealized),
        "availableBalance": money_floor(found.available),
        "maxWithdrawAmount": money_floor(found.withdrawable),
        "updateTime": found.updated_ms,
    }


def _amount(venue: Venue, row: Side) -> str:
    return fixed(row.size, venue.symbols[row.coin].quantity_precision)


def _position_v3(venue: Venue, row: Side) -> dict[str, Any]:
    return {
        "symbol": row.coin + QUOTE,
        "positionSide": NAME_OF[row.leg],
        "positionAmt": _amount(venue, row),
        "unrealizedProfit": money(row.unrealized),
        "isolatedMargin": money(row.isolated_margin),
        "notional": money(row.notional) if row.size else "0",
        "isolatedWallet": money(row.isolated_wallet) if row.isolated_wallet else "0",
        "initialMargin": money(row.position_margin + row.order_margin),
        "maintMargin": money(row.maintenance),
        "updateTime": row.updated_ms,
    }


def _position_v2(venue: Venue, row: Side) -> dict[str, Any]:
    return {
        "symbol": row.coin + QUOTE,
        "initialMargin": plain(row.position_margin + row.order_margin),
        "maintMargin": plain(row.maintenance),
        "unrealizedProfit": money(row.unrealized),
        "positionInitialMargin": plain(row.position_margin),
        "openOrderInitialMargin": plain(row.order_margin),
        "leverage": str(row.leverage),
        "isolated": row.is_isolated,
        "entryPrice": fixed(row.entry, 5),
        "maxNotional": plain(venue.symbols[row.coin].notional_max(row.leverage)),
        "bidNotional": plain(row.bid_notional),
        "askNotional": plain(row.ask_notional),
        "positionSide": NAME_OF[row.leg],
        "positionAmt": _amount(venue, row),
        "updateTime": row.updated_ms,
    }


def balance(asked: Asked) -> Any:
    """Both versions are alike; the alias is the account's name."""
    found = totals(asked.venue, asked.user)
    return [
        {
            "accountAlias": asked.user,
            "asset": QUOTE,
            "balance": money(found.wallet),
            "crossWalletBalance": money(found.cross_wallet),
            "crossUnPnl": money(found.cross_unrealized),
            "availableBalance": money_floor(found.available),
            "maxWithdrawAmount": money_floor(found.withdrawable),
            "marginAvailable": True,
            "updateTime": found.updated_ms,
        }
    ]


def position_risk_v3(asked: Asked) -> Any:
    venue = asked.venue
    rows = sides(venue, asked.user, asked.coins(), with_flat=False)
    return [_risk_v3(venue, asked.user, row) for row in rows]


def _risk_v3(venue: Venue, user: str, row: Side) -> dict[str, Any]:
    return {
        "symbol": row.coin + QUOTE,
        "positionSide": NAME_OF[row.leg],
        **_priced(venue, user, row),
        "isolatedMargin": money(row.isolated_margin) if row.isolated_margin else "0",
        "notional": money(row.notional) if row.size else "0",
        "marginAsset": QUOTE,
        "isolatedWallet": money(row.isolated_wallet) if row.isolated_wallet else "0",
        "initialMargin": plain(row.position_margin + row.order_margin),
        "maintMargin": plain(row.maintenance),
        "positionInitialMargin": plain(row.position_margin),
        "openOrderInitialMargin": plain(row.order_margin),
        "adl": 1 if row.size else 0,
        "bidNotional": plain(row.bid_notional),
        "askNotional": plain(row.ask_notional),
        "updateTime": row.updated_ms,
    }


def position_risk_v2(asked: Asked) -> Any:
    venue = asked.venue
    rows = sides(venue, asked.user, asked.coins(), with_flat=True)
    return [_risk_v2(venue, asked.user, row) for row in rows]


def _risk_v2(venue: Venue, user: str, row: Side) -> dict[str, Any]:
    return {
        "symbol": row.coin + QUOTE,
        **_priced(venue, user, row),
        "leverage": str(row.leverage),
        "maxNotionalValue": plain(venue.symbols[row.coin].notional_max(row.leverage)),
        "marginType": "isolated" if row.is_isolated else "cross",
        "isolatedMargin": money(row.isolated_margin),
        "isAutoAddMargin": "false",
        "positionSide": NAME_OF[row.leg],
        "notional": money(row.notional) if row.size else "0",
        "isolatedWallet": money(row.isolated_wallet) if row.isolated_wallet else "0",
        "updateTime": row.updated_ms,
    }


def _priced(venue: Venue, user: str, row: Side) -> dict[str, Any]:
    """What both versions say of a position's prices."""
    return {
        "positionAmt": _amount(venue, row),
        "entryPrice": fixed(row.entry, 5) if row.size else "0.0",
        "breakEvenPrice": fixed(break_even(venue, user, row), 5) if row.size else "0.0",
        "markPrice": money(venue.model.quote(row.coin).mark),
        "unRealizedProfit": money(row.unrealized),
        "liquidationPrice": money(row.liquidation) if row.liquidation else "0",
    }


def break_even(venue: Venue, user: str, row: Side) -> Decimal:
    """The entry with the fee of closing it as a taker."""
    _, taker = venue.model.fee_rates(user)
    return row.entry * (1 + taker.copy_sign(row.size))
