"""What is true on an embedded Hyperliquid, whatever it says: for tests, never on the venue's wire."""

from collections.abc import Mapping
from typing import Any

from trader.sim.hyperliquid.decimals import text
from trader.sim.hyperliquid.rows import fill_row, frontend_order
from trader.sim.hyperliquid.venue import Venue


def truth_of(venue: Venue) -> Mapping[str, Any]:
    """Every account's positions, live orders, executions and value at this moment."""
    return {"now_ms": venue.now_ms, "accounts": {user: _account(venue, user) for user in venue.model.users}}


def _account(venue: Venue, user: str) -> dict[str, Any]:
    model = venue.model
    view = model.account(user)
    return {
        "equity": text(view.total.account_value),
        "positions": {row.coin: text(row.szi) for row in view.positions},
        "orders": [
            frontend_order(model, order)
            | {"armed": order.armed, "closes": text(model.closes(user, order)) if order.trigger else None}
            for order in model.open_orders(user)
        ],
        "fills": [fill_row(fill) for fill in model.fills(user)],
    }
