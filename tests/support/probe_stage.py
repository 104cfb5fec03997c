"""An embedded exchange as a probe meets it: switches of the test's choice, and a market that never rests."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from trader.clock import Deadline
from trader.core.ports import ARRIVAL_MARGIN_MS
from trader.parts import Link, parts_of
from trader.parts.embedded import in_memory
from trader.probe.bench import Bench
from trader.probe.facts import Facts
from trader.probe.series import made
from trader.probe.tables import coin_of, experiments_of, hand_of
from trader.rehearsal import LATENCY_MS, KeptWord
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault, Plan
from trader.sim.feed import ScriptedFeed, flat_feed
from trader.sim.line import Line
from trader.sim.mount import Mount

START_MS = 1_780_000_020_000
PRICES = {"BTC": 100_000.0, "ETH": 2_000.0, "SOL": 150.0}
MINUTES = 60
SWING = 0.0004
USD = Decimal(12)


def swinging_feed() -> ScriptedFeed:
    """Flat for a day; then up and down, each minute a little farther, so that what is close is reached."""
    feed = flat_feed(PRICES, start_ms=START_MS - 86_400_000, minutes=1)
    for coin, price in PRICES.items():
        steps = [price * (1 + SWING * (minute + 1) * (1 if minute % 2 else -1)) for minute in range(MINUTES)]
        feed.move(coin, *steps, from_ms=START_MS + 60_000)
    return feed


class ProbeStage:
    """One account at one venue, and the machine that probes it."""

    def __init__(
        self,
        venue: str,
        *,
        switches: Any = None,
        two_sided: bool = False,
        usd: Decimal = USD,
        coin: str = "",
        signs_quickly: bool = False,
    ) -> None:
        """`signs_quickly`: where the question is not what a signature is worth, and real ones are slow."""
        self.parts = parts_of(venue)
        self.clock = ManualClock(START_MS)
        self.exchange = in_memory(
            self.parts.dialect(), swinging_feed(), label="probe", start_ms=START_MS, equity=Decimal(1_000),
            switches=switches, two_sided=two_sided,
        )  # fmt: skip
        self.line = Line(self.exchange.app)
        self.mount = Mount(self.line, self.clock, latency_ms=LATENCY_MS)
        self.word = KeptWord()
        self.coin = coin or coin_of(venue)
        self.usd = usd
        self.told: list[Facts] = []
        self.stop_after: int | None = None  # experiments
        keys = self.parts.paper_keys("probe")
        quick_pen = self.exchange.dialect.quick_pen if signs_quickly else None
        real = self.parts.pen(keys, practice=False)
        self.pen = real if quick_pen is None else quick_pen(self.exchange.venue, keys)

    def link(self) -> Link:
        keys = self.parts.paper_keys("probe")
        deadline = Deadline.after(self.clock, soft_s=86_400, reserve_s=0)
        return Link(
            self.mount, self.clock, account_id=keys.account_id, pen=self.pen,
            base_url=self.parts.base_url(practice=False, region="global"), timeout=deadline.timeout,
            abilities=self.parts.abilities, coins=frozenset({self.coin}),
        )  # fmt: skip

    def bench(self) -> Bench:
        link, since_ms = self.link(), self.word.dirty_since_ms
        venue = self.parts.adapter(link)
        arrival_ms = venue.abilities.write_expiry_ms + ARRIVAL_MARGIN_MS
        return Bench(
            link,
            venue,
            coin=self.coin,
            usd=self.usd,
            latch=self.word,
            dirty_until_ms=0 if since_ms is None else since_ms + arrival_ms,
            stop_requested=self.is_stopped,
        )

    def is_stopped(self) -> bool:
        return self.stop_after is not None and len(self.told) >= self.stop_after

    def probe(self, only: Collection[int] = ()) -> Facts:
        """One whole run, or some numbers of it."""
        bench = self.bench()
        hand = hand_of(self.parts.name, bench)
        found = made(
            bench, hand, experiments_of(self.parts.name), network="paper", only=only, keep=self.told.append
        )
        self.settle()
        return found

    def faults(self, *faults: Fault) -> None:
        self.line.arm(Plan(faults))

    def settle(self) -> None:
        self.exchange.run_to(self.clock.now_ms())

    def left(self) -> list[str]:
        """What the exchange still holds of the account."""
        self.settle()
        user, model = self.exchange.user, self.exchange.model
        found = [f"order {order.oid}" for order in model.open_orders(user)]
        return found + [f"position {p.coin} {p.szi}" for p in model.account(user).positions]
