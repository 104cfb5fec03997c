"""Every fault that an episode can have at one of its requests, by name, in the words of each venue.

Rules: a name is a kind of trader/sim/faults.py with what tells it from its like behind a dash. Names of one
family are variants of one fault: a quick tier takes them in turn. What a fault needs of a request (a read of
the list of stops, a write) is part of it: it strikes at the first such request from the one it is put at.
What only a real process can suffer stands in PROCESS_ONLY.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from trader.core.frozen import frozen
from trader.sim.faults import Fault

HYPERLIQUID, OKX, BINANCE = "hyperliquid", "okx", "binance"
ALL = (HYPERLIQUID, OKX, BINANCE)

READS: Mapping[str, Mapping[str, str]] = {
    "stops": {
        HYPERLIQUID: "frontendOpenOrders",
        OKX: "trade/orders-algo-pending",
        BINANCE: "GET openAlgoOrders",
    },
    "orders": {OKX: "trade/orders-pending", BINANCE: "GET openOrders"},
    "positions": {HYPERLIQUID: "clearinghouseState", OKX: "account/positions", BINANCE: "GET positionRisk"},
    "fills": {HYPERLIQUID: "userFillsByTime", OKX: "trade/fills", BINANCE: "GET userTrades"},
    "history": {
        HYPERLIQUID: "historicalOrders",
        OKX: "trade/orders-algo-history",
        BINANCE: "GET allAlgoOrders",
    },
    "lookup": {HYPERLIQUID: "orderStatus", OKX: "trade/order-algo", BINANCE: "GET algoOrder"},
    "prices": {HYPERLIQUID: "metaAndAssetCtxs", OKX: "public/mark-price", BINANCE: "GET premiumIndex"},
    "candles": {HYPERLIQUID: "candleSnapshot", OKX: "market/candles", BINANCE: "GET klines"},
}
"""What a venue calls the request that reads a part of the account or the market."""

PROCESS_ONLY: Mapping[str, str] = {
    "H13": "50 MB that have to be refused while they arrive",
    "P3": "memory",
    "P5": "standard output",
    "P6": "folders and disks",
    "P7": "lock files",
    "P8": "configuration files",
    "P10": "the environment of a process",
    "P11": "descriptors",
    "P12": "an address for alerts that hangs",
}
"""What only a real socket, process or disk can suffer."""

CUT, NONE, TOOK, LIED, TWICE = "cut", "none", "took", "lied", "twice"


@frozen
class Concrete:
    """One fault. `harm`: what it does that a judge must know: nothing gets through for as long as it lasts
    (cut), the venue takes, refuses or changes orders (took), says what is not so (lied), or gets a write
    twice (twice). `lasts`: it can last; one that changes a state does so once. `reads`: the part it is about.
    """

    name: str
    family: str
    kind: str
    harm: str = NONE
    params: Mapping[str, Any] = field(default_factory=dict)
    reads: str | None = None
    is_write: bool | None = None
    venues: tuple[str, ...] = ALL
    lasts: bool = True

    def at(self, venue: str, *, since: int, lasts: bool) -> Fault:
        """The fault as the line of that venue understands it, from this request on."""
        what = READS[self.reads][venue] if self.reads else None
        times = 0 if lasts and self.lasts else 1
        return Fault(
            self.kind, what=what, is_write=self.is_write, times=times, params=self.params, since=since
        )


def _wire() -> list[Concrete]:
    """What happens to the bytes on their way."""
    rows = [Concrete(kind, kind, kind, CUT) for kind in ("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8")]
    rows += [Concrete(kind, kind, kind, CUT) for kind in ("T9", "T10")]
    late: dict[str, dict[str, Any]] = {
        "T11-request": {"until": "requests", "n": 1},
        "T11-end": {"until": "run_end"},
        "T11-next_run": {"until": "next_run", "n": 5},
        "T11-next_write": {"until": "next_run_write"},
    }
    families = ("T11", "T11", "T11-next_run", "T11-next_write")
    rows += [
        Concrete(name, family, "T11", CUT, params)
        for (name, params), family in zip(late.items(), families, strict=True)
    ]
    rows += [
        Concrete("T12", "T12", "T12", TWICE),
        Concrete("T13", "T13", "T13", LIED),
        Concrete("T14", "T14", "T14", CUT),
        Concrete("T15", "T1", "T15", CUT, {"seconds": 6}),
        Concrete("T16", "T3", "T16", CUT),
        Concrete("T17", "T4", "T17", CUT),
    ]
    return rows


def _answers() -> list[Concrete]:
    """What somebody between us and the venue answers, or makes of its answer."""
    plain = ("H1", "H3", "H4", "H5", "H6", "H7", "H8", "H10", "H11", "H12", "H16")
    rows = [Concrete(kind, kind, kind, CUT) for kind in plain]
    rows += [Concrete(f"H2-{status}", "H2", "H2", CUT, {"status": status}) for status in (429, 403)]
    rows += [
        Concrete("H9-502", "H9", "H9", CUT, {"status": 502, "applied": True}),
        Concrete("H9-504", "H9", "H9", CUT, {"status": 504}),
        Concrete("H15-empty", "H15", "H15", CUT),
        Concrete("H15-null", "H15", "H15", CUT, {"body": "null"}),
    ]
    harms = {
        "invalid_utf8": CUT,
        "cut": CUT,
        "duplicate_keys": CUT,
        "infinite": LIED,
        "nan": LIED,
        "huge_int": LIED,
        "number_type": LIED,
        "null_field": LIED,
        "extra_field": NONE,
        "missing_field": LIED,
        "renamed_field": LIED,
    }
    rows += [Concrete(f"H14-{how}", "H14", "H14", harm, {"variant": how}) for how, harm in harms.items()]
    return rows


def _orders() -> list[Concrete]:
    """What the venue makes of orders that it was given."""

    def write(name: str, kind: str, **params: Any) -> Concrete:
        return Concrete(name, kind, kind, TOOK, params, is_write=True)

    return [
        write("V1-stop", "V1", leg="stop"),
        write("V1-entry", "V1", leg="entry"),
        write("V2-stop", "V2", leg="stop"),
        write("V2-entry", "V2", leg="entry"),
        write("V3-stop", "V3", leg="stop"),
        write("V3-entry", "V3", leg="entry"),
        write("V4", "V4"),
        write("V5-stop", "V5", leg="stop"),
        write("V5-target", "V5", leg="target"),
        write("V6", "V6"),
        write("V12-lot", "V12", filled="lot"),
        write("V12-part", "V12", filled="fraction"),
        write("V12-rest", "V12", filled="all_but_lot"),
        write("V13", "V13"),
        write("V16", "V16"),
    ]


def _readings() -> list[Concrete]:
    """What the venue says that is not so."""

    def read(name: str, kind: str, part: str | None = None) -> Concrete:
        venues = tuple(READS[part]) if part else ALL
        return Concrete(name, kind, kind, LIED, reads=part, is_write=False, venues=venues)

    rows = [read("V7", "V7"), read("V7b", "V7b")]
    rows += [read(f"V7b-{part}", "V7b", part) for part in ("stops", "positions", "fills")]
    # Every list empty to the end of a run: nothing that it reads says otherwise, and no reader could know.
    rows.append(Concrete("V8", "V8", "V8", LIED, is_write=False, lasts=False))
    rows += [
        read(f"V8-{part}", "V8", part)
        for part in ("stops", "orders", "positions", "fills", "history", "candles")
    ]
    rows += [read("V9", "V9", "lookup"), read("V11", "V11")]
    rows += [read(f"V11-{part}", "V11", part) for part in ("stops", "fills")]
    variants = ("zero", "nan", "negative", "crossed", "missing", "stale")
    rows += [
        Concrete(f"V14-{how}", "V14", "V14", LIED, {"variant": how}, reads="prices", is_write=False)
        for how in variants
    ]
    rows += [
        Concrete(f"V14-candles-{how}", "V14", "V14", LIED, {"variant": how}, reads="candles")
        for how in ("zero", "nan", "negative")
    ]
    rows.append(Concrete("V25", "V25", "V25", LIED, is_write=False, venues=(OKX, BINANCE)))
    return rows


def _states() -> list[Concrete]:
    """What changes at the venue, for the account or for everybody, and is put right after the run."""

    def state(name: str, kind: str, harm: str, *venues: str, **params: Any) -> Concrete:
        return Concrete(name, kind, kind, harm, params, venues=venues or ALL, lasts=False)

    return [
        state("V15-lot", "V15", TOOK, coin="BTC", size_step="0.01", size_decimals=2),
        state("V15-tick", "V15", TOOK, coin="BTC", price_step="10"),
        state("V15-leverage", "V15", TOOK, coin="BTC", max_leverage=2),
        state("V15-least", "V15", TOOK, coin="BTC", size_min="1"),
        Concrete("V18", "V18", "V18", CUT),
        Concrete("V18-writes", "V18", "V18", CUT, is_write=True),
        Concrete("V18-stops", "V18", "V18", LIED, reads="stops"),
        Concrete("V18-410", "V18", "V18", CUT, {"status": 410}, is_write=False),
        state("V19", "V19", CUT, OKX),
        state("V20", "V20", CUT),
        state("V21-late", "V21", CUT, offset_ms=-3_600_000),
        state("V21-early", "V21", CUT, offset_ms=30_000),
        state("V22", "V22", CUT, HYPERLIQUID, BINANCE),
        state("V23-leverage", "V23", TOOK, OKX, BINANCE, coin="BTC", leverage=1),
        state("V23-sides", "V23", TOOK, OKX, BINANCE, two_sided=False),
        state("V24", "V24", TOOK, BINANCE, seconds=60),
        Concrete("V26", "V26", "V26", CUT),
        Concrete("V26-applied", "V26", "V26", TOOK, {"applied": True}, is_write=True),
        state("V27", "V27", TOOK, OKX),
        state("V28", "V28", CUT),
        state("V32", "V32", TOOK, HYPERLIQUID),
    ]


CATALOGUE: Mapping[str, Concrete] = {
    row.name: row for row in (*_wire(), *_answers(), *_orders(), *_readings(), *_states())
}


def of_venue(venue: str) -> tuple[Concrete, ...]:
    """What can be had on one venue, in order."""
    return tuple(row for row in CATALOGUE.values() if venue in row.venues)
