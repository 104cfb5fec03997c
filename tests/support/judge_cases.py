"""For each invariant an account and a run that break it and nothing else, and the same kept whole.

Each case is played with and without its one flaw.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.support.judge_bench import (
    SIGNAL_MINUTE,
    Bench,
    an_id,
    bare,
    covered,
    entry,
    own_stop,
    some_terms,
    wrote,
)
from tests.support.model_exchange import PLAIN, USER, an_exchange, bars_through, limit, place, target
from trader.core.identity import Role
from trader.exchange.status import Tif
from trader.oracle.seen import Asked, World

LOOSE = replace(PLAIN, trigger_must_reduce=False)
ALARM = ("the account is naked",)
Play = Callable[[bool], Bench]
Step = Callable[[], object]


def i0(broken: bool) -> Bench:
    bench = Bench()
    bench.run(code=99 if broken else 12)
    return bench


def i1(broken: bool) -> Bench:
    bench = Bench(prepare=bare)
    seen: dict[str, Any] = {"code": 0} if broken else {"code": 20, "alarms": ALARM, "asked": wrote(bench)}
    bench.run(disturbed=True, **seen)
    return bench


def i1b(broken: bool) -> Bench:
    """A stop of three times the position, beside one that covers it."""
    bench = Bench(an_exchange(rules=LOOSE), prepare=covered)
    bench.run(lambda b: own_stop(b.model, "94", "3", reduce_only=not broken))
    return bench


def i1c(broken: bool) -> Bench:
    """The first clean run leaves the position bare and says so; after an outage that is allowed once."""
    bench = Bench(prepare=bare)
    if not broken:
        bench.run(world=World(dark=True), code=23, alarms=ALARM, disturbed=True)
    bench.run(code=20, alarms=ALARM, asked=wrote(bench))
    return bench


def i1d(broken: bool) -> Bench:
    bench = Bench(prepare=bare)
    bench.run(code=20, alarms=ALARM, disturbed=True, asked=wrote(bench, then_read=not broken))
    return bench


def i1e(broken: bool) -> Bench:
    """The old stop goes a second before the new one comes, or a second after."""
    bench = Bench(prepare=covered)

    def act(b: Bench) -> None:
        old = next(o.oid for o in b.model.open_orders(USER))
        steps: list[Step] = [lambda: own_stop(b.model, "96"), lambda: b.model.cancel(USER, old)]
        for step in reversed(steps) if broken else steps:
            step()
            b.pass_ms(1_000)

    bench.run(act)
    return bench


def i1f(broken: bool) -> Bench:
    """An entry rests below the market until the next run; its stop stands before it, or not at all."""
    bench = Bench()

    def act(b: Bench) -> None:
        if not broken:
            own_stop(b.model, "85")
        place(b.model, limit("buy", "1", "90", cloid=an_id()))

    bench.run(act)
    return bench


def i1g(broken: bool) -> Bench:
    bench = Bench(prepare=covered)

    def act(b: Bench) -> None:
        old = next(o.oid for o in b.model.open_orders(USER))
        own_stop(b.model, "94" if broken else "96")
        b.model.cancel(USER, old)

    bench.run(act)
    return bench


def i1h(broken: bool) -> Bench:
    """An exit that is no larger than the position would open a short if the position vanished."""
    bench = Bench(an_exchange(rules=LOOSE), prepare=covered)
    spec = limit("sell", "1", "110", reduce_only=not broken, cloid=an_id(Role.TARGET))
    bench.run(lambda b: place(b.model, spec))
    return bench


def i2(broken: bool) -> Bench:
    """The signal is still true after a stop-out, and is taken again."""
    bench = Bench(an_exchange(sol=bars_through(100, 100, 94, 100, 100, 100)))
    bench.run(lambda b: entry(b.model))
    bench.wait(180_000)
    bench.run(lambda b: entry(b.model, signal=SIGNAL_MINUTE if broken else SIGNAL_MINUTE + 30))
    return bench


def i3(broken: bool) -> Bench:
    limit_usd = Decimal(150 if broken else 250)
    bench = Bench(terms=some_terms(notional_max={"SOL": limit_usd}))
    bench.run(lambda b: entry(b.model, "2"))
    return bench


def i4(broken: bool) -> Bench:
    most = Decimal(3 if broken else 6)
    bench = Bench(an_exchange(sol=bars_through(100, 100, 94, 94)), some_terms(loss_max={"SOL": most}))
    bench.run(lambda b: entry(b.model))
    bench.wait(120_000)
    return bench


def i5(broken: bool) -> Bench:
    """Somebody else's order is cancelled while a run is on."""
    bench = Bench(prepare=lambda model: place(model, limit("buy", "1", "80")))
    world = World(hand=not broken)
    bench.run(lambda b: b.model.cancel(USER, b.model.open_orders(USER)[0].oid), world=world)
    return bench


def i6(broken: bool) -> Bench:
    """A close of twice the position; what it opened is bought back by hand."""
    bench = Bench(prepare=covered)

    def act(b: Bench) -> None:
        close = limit("sell", "2", "90", tif=Tif.IOC, cloid=an_id(Role.CLOSE_SIGNAL), reduce_only=not broken)
        place(b.model, close)
        if broken:
            place(b.model, limit("buy", "1", "110", tif=Tif.IOC))

    bench.run(act)
    return bench


def i7(broken: bool) -> Bench:
    bench = Bench()
    seen: dict[str, Any] = {} if broken else {"asked": ()}
    bench.run(was_locked=True, command="check-sl", code=75, **seen)
    return bench


def i8(broken: bool) -> Bench:
    bench = Bench()
    bench.run(code=0 if broken else 22, alarms=("an outcome is unknown",))
    return bench


def i9(broken: bool) -> Bench:
    """A write that a run left on the way arrives in the next one, which has not written yet."""
    bench = Bench(terms=some_terms(naked_max=Decimal(1_000)))
    bench.run(left_behind=1, code=0 if broken else 22, disturbed=True)
    bench.run(lambda b: place(b.model, limit("buy", "1", "90", cloid=an_id())), disturbed=True)
    return bench


def i10(broken: bool) -> Bench:
    """The price of one coin was told as 0, and that coin, or another one, is entered."""
    bench = Bench()
    world = World(venue_lied=True, false_prices={"SOL" if broken else "ETH": bench.model.now_ms})
    bench.run(lambda b: entry(b.model), world=world, disturbed=True)
    return bench


def i11(broken: bool) -> Bench:
    """An entry after the venue has said 429, or before."""
    bench = Bench()
    said_ms = bench.model.now_ms + (500 if broken else 1_500)
    asked = (Asked(1, said_ms, "state", is_write=False, status=429),)
    bench.run(lambda b: entry(b.model), asked=asked, disturbed=True)
    return bench


def i12(broken: bool) -> Bench:
    bench = Bench()
    bench.run(took_ms=125_001 if broken else 125_000, disturbed=True)
    return bench


def i13(broken: bool) -> Bench:
    bench = Bench(terms=some_terms(secrets=(b"0xfeed",)))
    bench.run(written=b"signed with 0xfeed" if broken else b"signed with 0x...")
    return bench


def i14(broken: bool) -> Bench:
    bench = Bench(prepare=covered)
    bench.run()
    bench.run(is_second=True, asked=wrote(bench) if broken else ())
    return bench


def i15(broken: bool) -> Bench:
    """Another coin is entered before the position that was found bare has its stop."""
    bench = Bench(prepare=bare)

    def act(b: Bench) -> None:
        steps: list[Step] = [lambda: own_stop(b.model), lambda: entry(b.model, coin="ETH", level="2900")]
        for step in reversed(steps) if broken else steps:
            step()
            b.pass_ms(100)

    bench.run(act, disturbed=True)
    return bench


def i17(broken: bool) -> Bench:
    """A clean run finds a position behind its stop, and puts a target on, or none."""
    bench = Bench(terms=some_terms(targets={"SOL": False}), prepare=covered)
    aim = replace(target("sell", "1", "110"), cloid=an_id(Role.TARGET))
    bench.run(None if broken else lambda b: place(b.model, aim))
    return bench


CASES: Mapping[str, Play] = {
    play.__name__.replace("i", "I", 1): play
    for play in (
        *(i0, i1, i1b, i1c, i1d, i1e, i1f, i1g, i1h, i2, i3, i4, i5, i6, i7, i8, i9, i10, i11, i12, i13),
        *(i14, i15, i17),
    )
}
