"""An embedded Hyperliquid with a manual clock and a client that signs for itself, for tests of the wire."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from coincurve import PrivateKey

from tests.support.embedded_wire import NOW_MS, EmbeddedWire
from trader.core.wire import Request
from trader.sim.clock import ManualClock
from trader.sim.hyperliquid.app import HyperliquidApp
from trader.sim.hyperliquid.build import new_venue
from trader.sim.hyperliquid.identity import PaperIdentity, paper_identity
from trader.sim.hyperliquid.signing import action_hash, agent_digest
from trader.sim.hyperliquid.switches import Switches
from trader.sim.hyperliquid.venue import Venue

URL = "https://api.hyperliquid.xyz"
BTC, ETH, SOL = 0, 1, 2


def signed(digest: bytes, private_key: str) -> dict[str, Any]:
    """r, s and v over a digest, with r and s unpadded as the official client sends them."""
    raw = PrivateKey.from_hex(private_key.removeprefix("0x").rjust(64, "0")).sign_recoverable(
        digest, hasher=None
    )
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big")
    return {"r": hex(r), "s": hex(s), "v": raw[64] + 27}


def limit(tif: str = "Gtc") -> dict[str, Any]:
    return {"limit": {"tif": tif}}


def trigger(px: str, tpsl: str = "sl", *, is_market: bool = True) -> dict[str, Any]:
    return {"trigger": {"isMarket": is_market, "triggerPx": px, "tpsl": tpsl}}


def order(
    side: str,
    p: str,
    s: str,
    t: dict[str, Any] | None = None,
    *,
    asset: int = BTC,
    reduce: bool = False,
    cloid: str | None = None,
) -> dict[str, Any]:
    """One order wire; side "buy" or "sell"."""
    wire = {"a": asset, "b": side == "buy", "p": p, "s": s, "r": reduce, "t": t or limit()}
    return wire if cloid is None else wire | {"c": cloid}


def orders(*wires: dict[str, Any], grouping: str = "na") -> dict[str, Any]:
    return {"type": "order", "orders": list(wires), "grouping": grouping}


@dataclass
class Embedded(EmbeddedWire[Venue]):
    """The exchange, its line, and one account with its agent."""

    switches: Switches = field(default_factory=Switches)
    start_ms: int = NOW_MS
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW_MS))

    def __post_init__(self) -> None:
        clock = self.clock if self.clock.now_ms() == self.start_ms else ManualClock(self.start_ms)
        venue = new_venue(self.feed, start_ms=self.start_ms, switches=self.switches)
        self.me: PaperIdentity = paper_identity("test")
        venue.declare(self.me)
        self.stand(venue, HyperliquidApp(venue), clock)
        self._nonce = self.start_ms

    @property
    def user(self) -> str:
        return self.me.account_address

    def nonce(self) -> int:
        self._nonce = max(self._nonce + 1, self.clock.now_ms())
        return self._nonce

    def info_request(self, kind: str, **fields: Any) -> Request:
        return Request(URL + "/info", json.dumps({"type": kind, **fields}).encode())

    def request(
        self,
        action: dict[str, Any],
        *,
        nonce: int | None = None,
        key: str | None = None,
        source: str = "a",
        vault: str | None = None,
        expires_ms: int | None = None,
    ) -> Request:
        """A signed trading action as bytes."""
        used = self.nonce() if nonce is None else nonce
        digest = agent_digest(
            action_hash(action, nonce=used, vault=vault, expires_after_ms=expires_ms), source=source
        )
        body = {
            "action": action,
            "nonce": used,
            "signature": signed(digest, key or self.me.agent_private_key),
            "vaultAddress": vault,
            "expiresAfter": expires_ms,
        }
        return Request(URL + "/exchange", json.dumps(body).encode(), is_write=True)

    def read(self, kind: str, **fields: Any) -> Any:
        """The parsed answer to a read, which must be a 200."""
        answer = self.answered(self.info_request(kind, **fields))
        assert answer.status == 200, answer
        return json.loads(answer.body)

    def act(self, action: dict[str, Any], **envelope: Any) -> Any:
        """The parsed reply to an action, which must be a 200."""
        answer = self.answered(self.request(action, **envelope))
        assert answer.status == 200, answer
        return json.loads(answer.body)

    def statuses(self, *wires: dict[str, Any], grouping: str = "na") -> list[Any]:
        """The statuses of one order action."""
        reply = self.act(orders(*wires, grouping=grouping))
        assert reply["status"] == "ok", reply
        found: list[Any] = reply["response"]["data"]["statuses"]
        return found

    def refusal(self, action: dict[str, Any], **envelope: Any) -> str:
        """The sentence of a whole-action refusal."""
        reply = self.act(action, **envelope)
        assert reply["status"] == "err", reply
        return str(reply["response"])

    def buy(self, s: str, *, asset: int = BTC) -> Any:
        """A market buy that fills at once."""
        px = {BTC: "101000", ETH: "2020", SOL: "151.5"}[asset]
        return self.statuses(order("buy", px, s, limit("Ioc"), asset=asset))[0]["filled"]

    def position(self, coin: str = "BTC") -> Decimal:
        """What the exchange really holds for us."""
        return self.held(self.user, coin)

    def open_rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.read("frontendOpenOrders", user=self.user)
        return rows
