"""Whole runs on the embedded exchange in this process, on a clock that is moved by hand.

The pipeline, the adapter and the wire are the real ones; only the clock and the socket are not. Every run is
a cold start: nothing is carried over but what the exchange holds, the halt reason and the quarantine word.
The exchange's own books are the witness of cover, at every instant and not only at the end of runs.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trader.clock import Deadline
from trader.core.identity import account_tag
from trader.core.policy import Policy
from trader.core.ports import ARRIVAL_MARGIN_MS, Clock, Env
from trader.core.wire import Request, Transport
from trader.exchange.model import Model
from trader.exchange.truth import CoverWatch
from trader.parts import Keys, Link, parts_of
from trader.parts.embedded import in_memory
from trader.parts.terms import Terms
from trader.policies import abilities_of, isolated_coins, policy_of
from trader.run import Ran, check_cover, run_once
from trader.settings import Settings
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault, Plan
from trader.sim.feed import Feed
from trader.sim.line import Line
from trader.sim.mount import Mount

if TYPE_CHECKING:
    from trader.core.memo import Memo

LATENCY_MS = 50.0
RESERVE_S = 30.0


class Killed(BaseException):
    """The process was killed at this instant; no handler of it may run any further request."""


class KeptWord:
    """The quarantine word of the lock file, kept in memory with its whole story."""

    def __init__(self) -> None:
        self.story: list[tuple[str, int]] = []

    def mark_dirty(self, now_ms: int) -> None:
        self.story.append(("dirty", now_ms))

    def mark_clean(self) -> None:
        self.story.append(("clean", 0))

    @property
    def dirty_since_ms(self) -> int | None:
        if not self.story or self.story[-1][0] == "clean":
            return None
        return self.story[-1][1]


def fresh_env(
    settings: Settings,
    clock: Clock,
    transport: Transport,
    *,
    account_id: str,
    pen: Any,
    word: KeptWord,
    memo: "Memo | None" = None,
    halted: Callable[[], str | None] = lambda: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> Env:
    """What a process has in hand that has just taken the lock: a new adapter that has read nothing yet."""
    deadline = Deadline.after(clock, soft_s=settings.schedule.deadline_s, reserve_s=RESERVE_S)
    parts = parts_of(settings.venue)
    venue = parts.adapter(
        Link(
            transport,
            clock,
            account_id=account_id,
            pen=pen,
            base_url=parts.base_url(practice=False, region=settings.region),
            timeout=deadline.timeout,
            abilities=abilities_of(settings, parts.abilities),
            isolated=isolated_coins(settings),
            trigger=settings.stops.trigger,
            coins=frozenset(settings.markets),
            accounts=settings.accounts_on_this_ip,
            memo=memo,
        )
    )
    since_ms, expiry_ms = word.dirty_since_ms, venue.abilities.write_expiry_ms
    return Env(
        venue=venue,
        clock=clock,
        deadline=deadline,
        latch=word,
        halted=halted,
        stop_requested=stop_requested,
        dirty_until_ms=0 if since_ms is None else since_ms + expiry_ms + ARRIVAL_MARGIN_MS,
        locked_ms=clock.now_ms(),
    )


class Host:
    """One machine that runs the trader: a clock, a lock file's word and a connection of its own."""

    def __init__(self, stage: "Stage", clock: ManualClock, pen: Any) -> None:
        self.stage = stage
        self.clock = clock
        self.pen = pen
        self.word = KeptWord()
        self.mount = Mount(stage.line, clock, latency_ms=LATENCY_MS, venue_time=stage.venue_time)
        self.halted: str | None = None
        self.stop_requested = False
        self.kill_after: int | None = None
        self.last_env: Env | None = None

    def env(self) -> Env:
        """A process that has just taken the lock."""
        self.last_env = fresh_env(
            self.stage.settings,
            self.clock,
            self.mount,
            account_id=self.stage.account_id,
            pen=self.pen,
            word=self.word,
            memo=self.stage.memo,
            halted=lambda: self.halted,
            stop_requested=lambda: self.stop_requested,
        )
        return self.last_env

    def run(self, only: Sequence[str] = ()) -> Ran | None:
        """One tick from cold; None when it was killed on the way."""
        return self._guarded(lambda: run_once(self.env(), self.stage.policy(only)))

    def check(self, *, repair: bool = True) -> Ran | None:
        """One check of cover from cold."""
        return self._guarded(lambda: check_cover(self.env(), self.stage.policy(), repair=repair))

    def kill_at(self, request: int) -> None:
        """End the next run just before its request of this number, counted from 1."""
        self.kill_after = request

    def _guarded(self, work: Callable[[], Ran]) -> Ran | None:
        start = self.mount.requests
        limit = self.kill_after

        def boundary(number: int, _request: Request) -> None:
            if limit is not None and number - start >= limit:
                raise Killed

        previous = self.mount.before_request
        if limit is not None:
            self.mount.before_request = boundary
        try:
            return work()
        except Killed:
            return None
        finally:
            self.mount.before_request = previous
            self.kill_after = None
            self.mount.end_run()


class Stage:
    """One embedded exchange with one account, and a first host."""

    def __init__(
        self,
        settings: Settings,
        feed: Feed,
        *,
        now_ms: int,
        switches: Any = None,
        two_sided: bool = False,
        terms: Terms | None = None,
        equity: Decimal | None = None,
        memo: "Memo | None" = None,
        signs_quickly: bool = False,
        is_watched: bool = True,
    ) -> None:
        """`equity`: what the account begins with, where it is not that of the paper account; `memo`: what the
        adapters of this process have read already, which may be shared by many stages; `signs_quickly`: with
        signatures that this exchange alone accepts, where real ones are slow; `is_watched`: at every instant,
        which others do better."""
        self.memo = memo
        self._signs_quickly = signs_quickly
        self.settings = settings
        self.feed = feed
        self.resumed_ms: int | None = None
        self.clock = ManualClock(now_ms)
        self.parts = parts_of(settings.venue)
        self.keys = self.parts.paper_keys(settings.account)
        self.exchange = in_memory(
            self.parts.dialect(),
            feed,
            label=settings.account,
            start_ms=now_ms,
            equity=switches.equity if switches is not None else equity or settings.paper.equity,
            switches=switches,
            two_sided=two_sided,
            terms=terms,
        )
        self.venue = self.exchange.venue
        self.user = self.exchange.user
        self.line = Line(self.exchange.app)
        self.watch = CoverWatch(self.exchange.model, listens=is_watched)
        self.venue_time = Mount(self.line, self.clock).venue_time
        self.host = Host(self, self.clock, self._pen(self.keys))

    @property
    def account_id(self) -> str:
        """The account as the venue names it."""
        return self.keys.account_id

    @property
    def model(self) -> Model:
        return self.exchange.model

    @property
    def tag(self) -> int:
        return account_tag(self.account_id)

    def policy(self, only: Sequence[str] = ()) -> Policy:
        coins = frozenset(only or self.settings.markets)
        return policy_of(self.settings, account_tag=self.tag, entries_for=coins, resumed_ms=self.resumed_ms)

    def another_host(self, agent: str = "second") -> Host:
        """A second machine with a lock file and an agent key of its own, which the exchange knows."""
        keys = self.exchange.further_keys(agent)
        return Host(self, self.clock, self._pen(keys))

    def _pen(self, keys: Keys) -> Any:
        quick_pen = self.exchange.dialect.quick_pen if self._signs_quickly else None
        if quick_pen is not None:
            return quick_pen(self.venue, keys)
        return self.parts.pen(keys, practice=False)

    def sign_for_real(self) -> None:
        """From here on only real signatures count, as on a served exchange."""
        if self._signs_quickly and self.exchange.dialect.slow_again is not None:
            self.exchange.dialect.slow_again(self.venue)
        self._signs_quickly = False

    def faults(self, *faults: Fault) -> None:
        """Replace what goes wrong from here on."""
        self.line.arm(Plan(faults))

    def pass_time(self, seconds: float) -> None:
        """Nobody runs; the market goes on."""
        self.clock.sleep(seconds)
        self.settle()

    def settle(self) -> None:
        """Let the exchange catch up with the clock."""
        self.exchange.run_to(self.venue_time.now_ms())

    def size(self, coin: str, leg: str | None = None) -> Decimal:
        """The signed position, of one leg in a two-sided account, from the exchange's own books."""
        position = self.model.position(self.user, coin, leg)
        return position.szi if position else Decimal(0)

    def coins_held(self) -> list[str]:
        return [p.coin for p in self.model.account(self.user).positions]

    def is_covered(self, coin: str) -> bool:
        return self.watch.covered(self.user, coin)
