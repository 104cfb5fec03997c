"""A tick that is killed, and the clean ticks after it, judged by the exchange's books."""

from collections.abc import Collection
from dataclasses import dataclass

from tests.support.judged import Judged
from tests.support.kill_cases import KillCase, Picture, picture, shape
from tests.support.scenes import code
from trader.core.report import Exit
from trader.core.wire import Request
from trader.oracle.ids import ENTRY, own
from trader.rehearsal import Stage
from trader.run import Ran

MINUTE_S = 61.0


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A tick that nobody kills: how it ends, which requests are writes, what a kill before each leaves."""

    end: Picture
    writes: tuple[bool, ...]
    left: tuple[tuple[object, ...], ...]

    @property
    def write_numbers(self) -> tuple[int, ...]:
        """The requests that were writes, counted from 1."""
        return tuple(number for number, is_write in enumerate(self.writes, 1) if is_write)

    @property
    def boundaries(self) -> tuple[int, ...]:
        """The first request of each stretch in which neither the exchange nor the quarantine word changed."""
        return tuple(n for n, left in enumerate(self.left, 1) if left not in self.left[: n - 1])


def undisturbed(case: KillCase) -> Undisturbed:
    """Let the tick run to its end."""
    made = case.begin()
    writes: list[bool] = []
    left: list[tuple[object, ...]] = []

    def note(_number: int, request: Request) -> None:
        writes.append(request.is_write)
        left.append(left_behind(made))

    made.host.mount.before_request = note
    assert code(made.host.run()) is Exit.OK
    return Undisturbed(picture(made), tuple(writes), tuple(left))


def killed(case: KillCase, request: int) -> Stage | None:
    """The stage after a kill just before this request; None when the tick ended before it."""
    made = case.begin()
    made.host.kill_at(request)
    ran = made.host.run()
    made.faults()
    return made if ran is None else None


def left_behind(made: Stage) -> tuple[object, ...]:
    """What the next run meets: orders, fills, settings of the account, and whether the word is clean."""
    model, user = made.model, made.user
    orders = tuple(
        (o.oid, o.cloid, o.sz, o.armed, o.trigger and o.trigger.px) for o in model.open_orders(user)
    )
    is_dirty = made.host.word.dirty_since_ms is not None
    leverages = tuple(repr(model.leverage(user, coin)) for coin in made.feed.coins)
    return orders, tuple(f.tid for f in model.fills(user)), leverages, is_dirty


class Healing:
    """Clean ticks after a kill, and everything that is wrong with them."""

    def __init__(self, made: Stage, *, after_s: float) -> None:
        self.made = made
        self.found: list[str] = []
        self.judged = Judged(made)
        self.dirty_since_ms = made.host.word.dirty_since_ms
        self.fills_before = len(made.model.fills(made.user))
        made.pass_time(after_s)

    def tick(self, may_leave_with: Collection[Exit] = (Exit.OK,)) -> Ran:
        """One tick."""
        self.judged.begin()
        ran = self.made.host.run()
        assert ran is not None
        self.made.settle()
        left_with = code(ran)
        self.found += self.judged.judge(int(left_with), ran)
        if left_with not in may_leave_with:
            self.found.append(f"exit {left_with.name}: {ran.problems}")
        return ran

    def must_be_quiet(self, *, never_naked: bool) -> None:
        """One more tick, when the minute of the request budget is over, has nothing to do."""
        if never_naked and self.made.watch.total_ms():
            self.found.append(f"naked for {self.made.watch.total_ms()} ms")
        self.made.pass_time(MINUTE_S)
        sent = [type(d.action).__name__ for d in self.tick().done]
        if sent:
            self.found.append(f"the tick after it sent {sent}")

    def must_hold(self, wanted: Picture, *, levels: bool) -> None:
        """The exchange holds what it would hold without the kill; `levels`: at the same stops too."""
        now = picture(self.made)
        if now != wanted if levels else shape(now) != shape(wanted):
            self.found.append(f"holds {now}, expected {wanted}")

    def must_hold_in_part(self, wanted: Picture) -> None:
        """The signal is over: coins that were not entered stay flat, the others are as they would be."""
        now = picture(self.made)
        self.must_hold({coin: wanted.get(coin, (0, ())) for coin in now}, levels=False)

    def must_have_waited(self) -> None:
        """No entry while a write that nobody settled might still arrive."""
        if self.dirty_since_ms is None:
            return
        safe_ms = self.dirty_since_ms + self.made.parts.abilities.write_expiry_ms
        for fill in self.made.model.fills(self.made.user)[self.fills_before :]:
            said = own(fill.cloid)
            if said is not None and said.role == ENTRY and fill.at_ms < safe_ms:
                self.found.append(
                    f"entered {fill.coin} {safe_ms - fill.at_ms} ms before the dead write expired"
                )
