"""Writes that the network still holds when a run leaves, as far as they could still do something.

Why they are tried: one whose time has passed, or whose very bytes were delivered by a second sending, is held
and dead; whether a write is, the exchange alone decides. It is asked on a copy that nobody else sees.
"""

import json
from typing import Any

from trader.core.wire import Request
from trader.exchange.model import Model
from trader.exchange.record import LISTS
from trader.rehearsal import Stage
from trader.sim.app import App


def still_acting(stage: Stage) -> int:
    """How many of them would change the account if they arrived now."""
    return sum(request.is_write and _acts(stage, request) for request in stage.line.undelivered)


def _acts(stage: Stage, request: Request) -> bool:
    venue = _copied(stage.venue)
    app: App = type(stage.line.app)(venue)  # type: ignore[call-arg]
    before = _held(venue.model, stage.user)
    app.answer(request, at_ms=stage.venue_time.now_ms(), client="127.0.0.1", lies=())
    return _held(venue.model, stage.user) != before


def _copied(venue: Any) -> Any:
    """The exchange as it is, by way of text, so that the two share nothing that changes."""
    model = venue.model
    rows = {name: [row for _, row in model.rows(name, 0)] for name in LISTS}
    loaded = Model.load(
        json.loads(json.dumps(model.dump())), rows, model.markets, venue.feed, rules=model.rules
    )
    copied = type(venue)(loaded, venue.feed, venue.switches)
    copied.restore(json.loads(json.dumps(venue.dump())))
    if hasattr(venue, "signer"):
        copied.signer = venue.signer
    return copied


def _held(model: Model, user: str) -> tuple[object, ...]:
    """What an account has, as far as a write can change it."""
    orders = tuple((o.oid, o.sz, o.trigger and o.trigger.px) for o in model.open_orders(user))
    positions = tuple((p.key, p.szi) for p in model.positions(user))
    coins = tuple(market.coin for market in model.markets)
    return orders, positions, tuple(repr(model.leverage(user, coin)) for coin in coins)
