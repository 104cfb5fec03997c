"""Embedded exchanges behind a port, each with one account and an order pad, for the audit from outside.

A place knows how its venue writes an entry and an exit; what is planted there is written at the wire, as a
stranger's client would, and never with the program's own hand.
"""

import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Protocol

import pytest

from tests.support.embedded import Embedded, order, trigger
from tests.support.embedded_binance import EmbeddedBinance
from tests.support.embedded_okx import BTC, EmbeddedOkx, net, stamp_of, two_sided
from tests.support.source_tree import ROOT
from trader.rehearsal import Stage
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.line import Line
from trader.sim.server import Server

STEEP = 40
SCRIPT = ROOT / "scripts/audit-cover"
COVERED, BARE, UNREAD = 0, 1, 2

Audited = Callable[..., tuple[int, str]]


class Place(Protocol):
    """An account that holds a long position of 0.02 BTC, in as many contracts as that is."""

    line: Line
    clock: ManualClock

    def asked(self) -> list[str]:
        """The audit's arguments that name the account."""
        ...

    def keys(self) -> dict[str, str]: ...

    def exit(self, trigger: str = "95000", **changes: Any) -> None:
        """A sound stop for the whole position, with these fields of the wire changed."""
        ...


class HyperliquidPlace(Embedded):
    def asked(self) -> list[str]:
        return ["--venue", "hyperliquid", "--account", self.user]

    def keys(self) -> dict[str, str]:
        return {}

    def steepen(self) -> None:
        self.act({"type": "updateLeverage", "asset": 0, "isCross": False, "leverage": STEEP})

    def enter(self) -> "HyperliquidPlace":
        if not self.position():
            self.buy("0.02")
        return self

    def exit(self, at: str = "95000", **changes: Any) -> None:
        sides = {"side": "sell", "p": "80000", "s": "0.02", "t": trigger(at), "reduce": True}
        fields: dict[str, Any] = sides | {k: v for k, v in changes.items() if k != "grouping"}
        said = self.statuses(order(**fields), grouping=changes.get("grouping", "na"))
        assert "error" not in said[0], said


class OkxPlace:
    def __init__(self, wire: EmbeddedOkx) -> None:
        self.wire, self.line, self.clock = wire, wire.line, wire.clock
        self.margin: dict[str, str] = {}

    def asked(self) -> list[str]:
        return ["--venue", "okx"]

    def keys(self) -> dict[str, str]:
        me = self.wire.me
        return {"API_KEY": me.api_key, "API_SECRET": me.api_secret, "API_PASSPHRASE": me.passphrase}

    def steepen(self) -> None:
        self.margin = {"tdMode": "isolated"}
        lever = {"instId": BTC, "lever": str(STEEP), "mgnMode": "isolated"} | self.wire.leg
        self.wire.done("account/set-leverage", **lever)

    def enter(self) -> "OkxPlace":
        if not self.wire.position():
            self.wire.order("buy", "2", **self.margin)
        return self

    def exit(self, at: str = "95000", **changes: Any) -> None:
        fields: dict[str, Any] = {"side": "sell", "sz": "2", "slTriggerPx": at, "reduceOnly": "true"}
        fields |= self.margin | changes
        if self.wire.switches.two_sided:
            fields.pop("reduceOnly")
        self.wire.algo(**{name: value for name, value in fields.items() if value is not None})


class BinancePlace:
    def __init__(self, wire: EmbeddedBinance) -> None:
        self.wire, self.line, self.clock = wire, wire.line, wire.clock

    def asked(self) -> list[str]:
        return ["--venue", "binance"]

    def keys(self) -> dict[str, str]:
        return {"API_KEY": self.wire.me.api_key, "API_SECRET": self.wire.me.api_secret}

    @property
    def long(self) -> dict[str, str]:
        return {"positionSide": "LONG"} if self.wire.two_sided else {}

    def steepen(self) -> None:
        self.wire.ok("POST", "/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
        self.wire.ok("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=STEEP)

    def enter(self) -> "BinancePlace":
        if not self.wire.position(leg="long" if self.wire.two_sided else None):
            self.wire.order("BUY", "0.02", **self.long)
        return self

    def exit(self, at: str = "95000", **changes: Any) -> None:
        fields: dict[str, Any] = (
            {"side": "SELL", "quantity": "0.02", "reduceOnly": True} | self.long | changes
        )
        if self.wire.two_sided or fields.get("closePosition"):
            fields.pop("reduceOnly")
        self.wire.algo(fields.pop("side"), at, **fields)


class StagedPlace:
    """The account of a stage, on which the program runs as well."""

    def __init__(self, made: Stage) -> None:
        self._made, self.line, self.clock = made, made.line, made.clock

    def asked(self) -> list[str]:
        return ["--venue", self._made.settings.venue, "--account", self._made.account_id]

    def keys(self) -> dict[str, str]:
        return dict(self._made.keys.secrets)


def place_of(name: str, *, isolated: bool = False, is_open: bool = True) -> Any:
    """A place by its name; a position on steep isolated margin is liquidated before a wide stop acts."""
    made: Any
    match name:
        case "hyperliquid":
            made = HyperliquidPlace()
        case "okx net":
            made = OkxPlace(net())
        case "okx two-sided":
            made = OkxPlace(two_sided())
        case "binance one-way":
            made = BinancePlace(EmbeddedBinance())
        case _:
            made = BinancePlace(EmbeddedBinance(two_sided=True))
    if isolated:
        made.steepen()
    return made.enter() if is_open else made


PLACES = ("hyperliquid", "okx net", "okx two-sided", "binance one-way", "binance two-sided")


@contextmanager
def served(line: Line, clock: ManualClock) -> Iterator[str]:
    """The address at which this exchange answers meanwhile."""
    with Server(line, VenueTime(clock)) as server:
        yield server.url


def with_venue_time(patch: pytest.MonkeyPatch, clock: ManualClock) -> None:
    """The clients stamp their requests with the machine's time; here they have the exchange's."""
    patch.setattr("okx.utils.get_timestamp", lambda: stamp_of(clock.now_ms()))
    patch.setattr("binance_common.utils.get_timestamp", clock.now_ms)


def _loaded() -> ModuleType:
    """The script as a module; its name ends in nothing that an import would find."""
    loader = importlib.machinery.SourceFileLoader("audit_cover", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


_AUDIT = _loaded()
judged = _AUDIT.judged


def auditor(patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Audited:
    """Runs the audit of a place; gives the exit code and what was printed."""
    patch.setattr(sys, "path", list(sys.path))

    def run(place: Any, *more: str) -> tuple[int, str]:
        with_venue_time(patch, place.clock)
        for name, value in place.keys().items():
            patch.setenv(name, value)
        with served(place.line, place.clock) as url:
            code = _AUDIT.main([*place.asked(), "--url", url, *more])
        out, err = capsys.readouterr()
        return code, out + err

    return run
