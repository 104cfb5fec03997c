"""Writes and reads in Hyperliquid's own words, one request at a time, for the experiments.

Actions are signed by the adapter's pen with rising nonces of one source, and stamped with the adapter's
expiry.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trader.core.frozen import frozen
from trader.core.market import Leg
from trader.core.orders import Order
from trader.core.snapshot import Position
from trader.core.wire import Request
from trader.probe.bench import Bench
from trader.probe.experiments import Unanswered
from trader.venues.hyperliquid.asking import HEADERS
from trader.venues.hyperliquid.encode import Wire, wire_number
from trader.venues.hyperliquid.nonces import Nonces
from trader.venues.hyperliquid.pen import Pen

WIDE = Decimal("0.05")  # how far beyond the market an order that is to fill at once may go


@frozen
class Prices:
    """Of the coin, now."""

    bid: Decimal
    ask: Decimal
    ask_size: Decimal
    mark: Decimal
    oracle: Decimal


def limit(tif: str) -> Wire:
    return {"limit": {"tif": tif}}


def trigger(px: Decimal, tpsl: str = "sl") -> Wire:
    return {"trigger": {"isMarket": True, "triggerPx": wire_number(px), "tpsl": tpsl}}


class HyperliquidHand:
    """One account's."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._nonces = Nonces()

    @property
    def user(self) -> str:
        return self.bench.link.account_id

    def info(self, kind: str, **fields: Any) -> Any:
        body = json.dumps({"type": kind, **fields}).encode()
        return self.bench.json(Request(f"{self.bench.link.base_url}/info", body, headers=HEADERS), kind)

    def nonce(self) -> int:
        return self._nonces.next(self.bench.venue.venue_now_ms())

    def sealed(
        self, action: Wire, *, nonce: int | None = None, expires_ms: int | None = None, pen: Pen | None = None
    ) -> Request:
        """A signed action."""
        used = self.nonce() if nonce is None else nonce
        ends_ms = expires_ms or self.bench.venue.venue_now_ms() + self.bench.venue.abilities.write_expiry_ms
        signature = (pen or self.bench.link.pen).sign(action, nonce=used, expires_ms=ends_ms)
        envelope = {"action": action, "nonce": used, "signature": signature, "vaultAddress": None}
        body = json.dumps({**envelope, "expiresAfter": ends_ms}).encode()
        return Request(f"{self.bench.link.base_url}/exchange", body, headers=HEADERS, is_write=True)

    def act(self, action: Wire, **how: Any) -> Mapping[str, Any]:
        """The reply to one action."""
        reply = self.bench.json(self.sealed(action, **how), json.dumps(action))
        if not isinstance(reply, dict):
            raise Unanswered(f"{action['type']}: the reply is {reply!r}")
        return reply

    def refusal(self, action: Wire, **how: Any) -> str:
        """The sentence that refuses an action as a whole; "" when it was done."""
        reply = self.act(action, **how)
        return str(reply["response"]) if reply["status"] == "err" else ""

    def wire(
        self,
        *,
        is_buy: bool,
        p: Decimal,
        s: Decimal,
        t: Wire,
        reduces: bool = False,
        client_id: str | None = None,
    ) -> Wire:
        number = self.bench.market.number
        order = {"a": number, "b": is_buy, "p": wire_number(p), "s": wire_number(s), "r": reduces, "t": t}
        return {**order, "c": f"0x{client_id or self.bench.new_id()}"}

    def orders(self, *wires: Wire, grouping: str = "na") -> list[Any]:
        """A status for each order; a refusal of all stands for each."""
        reply = self.act({"type": "order", "orders": list(wires), "grouping": grouping})
        if reply["status"] == "err":
            return [{"error": str(reply["response"])} for _ in wires]
        found: list[Any] = reply["response"]["data"]["statuses"]
        return found if len(found) == len(wires) else found * len(wires)

    def prices(self) -> Prices:
        bids, asks = self.info("l2Book", coin=self.bench.coin)["levels"]
        meta, contexts = self.info("metaAndAssetCtxs")
        places = [row["name"] for row in meta["universe"]]
        context = contexts[places.index(self.bench.coin)]
        best = Decimal(asks[0]["px"]), Decimal(asks[0]["sz"])
        return Prices(Decimal(bids[0]["px"]), *best, Decimal(context["markPx"]), Decimal(context["oraclePx"]))

    def enter(self) -> tuple[Decimal, Prices]:
        """A long position of the least size; the size, and prices as they were."""
        prices, market = self.prices(), self.bench.market
        p = market.price_up(prices.ask * (1 + WIDE))
        size, client_id = self.bench.size(prices.bid), self.bench.new_id()
        self.bench.spend(client_id, size * prices.ask)
        (status,) = self.orders(self.wire(is_buy=True, p=p, s=size, t=limit("Ioc"), client_id=client_id))
        if "filled" not in status:
            raise Unanswered(f"the entry did not fill: {status}")
        return Decimal(status["filled"]["totalSz"]), prices

    def rest(self, fraction: str, *, client_id: str | None = None) -> tuple[int, Wire]:
        """A bid far below the market, at this fraction of mark; its number and how it was written."""
        p = self.bench.market.price_up(self.prices().mark * Decimal(fraction))
        size, used = self.bench.size(p), client_id or self.bench.new_id()
        self.bench.spend(used, p * size)
        wire = self.wire(is_buy=True, p=p, s=size, t=limit("Alo"), client_id=used)
        (status,) = self.orders(wire)
        if "resting" not in status:
            raise Unanswered(f"a bid at {p} did not rest: {status}")
        return int(status["resting"]["oid"]), wire

    def take_off(self, oid: int, wire: Wire) -> None:
        """Cancel a bid that rests."""
        self.act({"type": "cancel", "cancels": [{"a": self.bench.market.number, "o": oid}]})
        self.bench.release(str(wire["c"]).removeprefix("0x"))

    def stop(self, at: Decimal, size: Decimal, *, p: Decimal | None = None, **more: Any) -> Any:
        """What is said to a stop that would sell."""
        price = p or self.bench.market.price_down(at * Decimal("0.88"))
        wire = self.wire(is_buy=False, p=price, s=size, t=trigger(at), reduces=True, **more)
        return self.orders(wire)[0]

    def status(self, client_id: str) -> str:
        """The word for an order that was placed under this id."""
        found = self.info("orderStatus", user=self.user, oid=f"0x{client_id}")
        return str(found["order"]["status"]) if found["status"] == "order" else str(found["status"])

    def open_ids(self) -> dict[str, Mapping[str, Any]]:
        """The open orders by the ids that we gave."""
        rows = self.info("frontendOpenOrders", user=self.user)
        return {str(row["cloid"]).removeprefix("0x"): row for row in rows if row["cloid"]}

    def cancel(self, order: Order) -> None:
        self.act({"type": "cancel", "cancels": [{"a": self.bench.market.number, "o": int(order.order_id)}]})

    def marked(self, _order: Order) -> bool:
        """There is nothing but ids here."""
        return False

    def close(self, position: Position) -> None:
        is_buy = position.leg is Leg.SHORT
        market, beyond = self.bench.market, 1 + WIDE if is_buy else 1 - WIDE
        p = (market.price_up if is_buy else market.price_down)(position.mark * beyond)
        self.orders(self.wire(is_buy=is_buy, p=p, s=abs(position.size), t=limit("Ioc"), reduces=True))
