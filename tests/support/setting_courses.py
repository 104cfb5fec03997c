"""Courses of events in a market, told as text: what a run decided, sent, proved and said under overrides.

Two tellings that differ show that a setting has an effect on what the program does.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from tests.support.grid_stage import grid_stage
from tests.support.memory import memory
from tests.support.scenes import cancel_stops, drive, stage, trade_by_hand
from tests.support.starts import STARTS, own_stop, put_own_stop
from tests.support.way_cases import way_stage
from tests.support.wild_tapes import PRICE, ruinous_tape, wild_tape
from trader import config
from trader.backtest.engines import play
from trader.backtest.setup import study_of
from trader.backtest.study import Fees
from trader.backtest.tape import Tape
from trader.commands.course import of_settings
from trader.core.codec import to_json
from trader.core.report import Verdict
from trader.parts import parts_of
from trader.parts.markets import shipped
from trader.rehearsal import Stage
from trader.run import Ran
from trader.sim.bundle import BUNDLE_START_MINUTE
from trader.sim.faults import Fault

START_MS = BUNDLE_START_MINUTE * 60_000
BAR_MS = 1_800_000
RESTING = "markets={ETH: {strategy: bollinger, params: {entry: resting, regime_filter: false}}}"
RESTING_TICKS = 12


def told(made: Stage, ran: Ran | None) -> str:
    """What a run decided, did, proved and said, and the orders that the exchange then holds."""
    assert ran is not None
    verdict = None if ran.verdict is None else to_json(ran.verdict, Verdict)
    done = [str(d.action) for d in ran.done]
    proofs = [str(p) for p in ran.verified.proofs] if ran.verified is not None else []
    live = [str((o.coin, o.px, o.sz, o.trigger)) for o in made.model.open_orders(made.user)]
    return json.dumps([verdict, done, proofs, sorted(int(c) for c in ran.codes), ran.problems, live])


def ticked(made: Stage) -> str:
    return told(made, made.host.run())


def entry(overrides: Sequence[str]) -> str:
    """A tick on a signal."""
    return ticked(stage(("BTC",), overrides))


def entry_with_stop_attached(overrides: Sequence[str]) -> str:
    """The same on the venue whose stops may act on more than one price."""
    return ticked(way_stage("attached", overrides=tuple(overrides)))


def _held(overrides: Sequence[str]) -> Stage:
    made = stage(("BTC",), overrides)
    assert made.host.run() is not None
    made.pass_time(60)
    return made


def price_left(overrides: Sequence[str]) -> str:
    """A signal that price has left by three tenths of a per cent."""
    made = stage(("BTC",), overrides)
    drive(made, "BTC", 100_300.0)
    return ticked(made)


def near_liquidation(overrides: Sequence[str]) -> str:
    """A signal whose position would have a margin of its own."""
    return ticked(stage(("BTC",), ("sizing.margin=isolated", "sizing.leverage=10", *overrides)))


def level_unknown(overrides: Sequence[str]) -> str:
    """A position of ours without a stop, in a coin that the file does not name, its orders forgotten."""
    made = STARTS["naked"]()
    wanted = config.load(None, tuple(overrides)).settings
    made.settings = replace(made.settings, stops=wanted.stops, markets={"ETH": made.settings.markets["ETH"]})
    made.faults(Fault("V8", what="historicalOrders", times=0))
    return told(made, made.host.check())


def stop_is_a_little_off(overrides: Sequence[str]) -> str:
    """A position whose stop of ours stands half a per cent from its level."""
    made = _held(overrides)
    like = own_stop(made)
    cancel_stops(made, "BTC")
    put_own_stop(made, like, trigger="95200")
    return ticked(made)


def something_foreign(overrides: Sequence[str]) -> str:
    """The check of cover beside a position of somebody else."""
    made = stage((), overrides)
    trade_by_hand(made, "SOL", "2")
    made.settle()
    return told(made, made.host.check())


def unseen(overrides: Sequence[str]) -> str:
    """A position whose list of orders cannot be read."""
    made = way_stage("attached", overrides=tuple(overrides))
    assert made.host.run() is not None
    made.pass_time(60)
    made.faults(Fault("H4", what="trade/orders-algo-pending", times=0))
    return ticked(made)


def slow(overrides: Sequence[str]) -> str:
    """A signal, and a venue that takes its time for one answer."""
    made = way_stage("attached", overrides=tuple(overrides))
    made.faults(Fault("T8", what="account/positions", params={"seconds": 3}))
    return ticked(made)


def no_stop_first(overrides: Sequence[str]) -> str:
    """A signal on a venue that takes no stop with an entry nor before it."""
    return ticked(way_stage("stop first", overrides=("abilities.stop_first=refused", *overrides)))


def refused_writes(overrides: Sequence[str]) -> str:
    """A stop is refused in the run in which another coin's signal waits."""
    made = way_stage("attached", ("BTC", "ETH"), tuple(overrides))
    assert made.host.run(only=("BTC",)) is not None
    cancel_stops(made, "BTC")
    made.pass_time(75)
    made.faults(Fault("V6", is_write=True))
    return ticked(made)


def grid(overrides: Sequence[str]) -> str:
    """Rungs that are to wait, on the venue where they end by themselves."""
    made = grid_stage("binance")
    wanted = config.load(None, tuple(overrides)).settings.markets["BTC"].entries
    ((coin, market),) = made.settings.markets.items()
    made.settings = replace(made.settings, markets={coin: replace(market, entries=wanted)})
    return ticked(made)


def resting(overrides: Sequence[str]) -> str:
    """Ticks of an entry that waits on the venue."""
    made = _bundled((RESTING, "paper.equity=5000", *overrides))
    tellings = []
    for _ in range(RESTING_TICKS):
        made.clock.advance_to((made.clock.now_ms() // BAR_MS + 1) * BAR_MS + 15_000)
        made.settle()
        tellings.append(ticked(made))
    return "\n".join(tellings)


def _bundled(overrides: Sequence[str]) -> Stage:
    settings = config.load(None, tuple(overrides)).settings
    parts = parts_of(settings.venue)
    return Stage(
        settings,
        parts.bundle_feed(),
        now_ms=START_MS,
        two_sided=parts.two_sided_usual,
        memo=memory(),
        signs_quickly=True,
    )


def rehearsal(overrides: Sequence[str]) -> str:
    """What a demo of a file begins with and pays."""
    made = of_settings(config.load(None, tuple(overrides)).settings).stage(START_MS)
    quote = made.model.quote("BTC")
    equity = made.model.account(made.user).total.account_value
    return str((equity, made.model.fee_rates(made.user), quote.ask - quote.bid))


def backtest(overrides: Sequence[str]) -> str:
    """Stop entries on bars that leave nothing certain."""
    more = "style: breakout, trend_period: 8, trend_window: 16"
    return _trades(wild_tape(), f"entry: resting, {more}, max_hold_bars: 12", overrides)


def backtest_of_limits(overrides: Sequence[str]) -> str:
    """Limits to which price comes, and turns."""
    params = "entry: confirm, entry_buffer: 0, regime_filter: false, max_hold_bars: 12"
    return _trades(wild_tape(touches=True), params, overrides)


def backtest_to_ruin(overrides: Sequence[str]) -> str:
    """A position that pays for itself until nothing is left."""
    params = (
        "style: breakout, trend_period: 8, trend_window: 16, stop: 0.25, target: 0.9, max_hold_bars: 5000"
    )
    return _trades(ruinous_tape(), params, ("sizing.position_ratio=1", "fills.funding=adverse", *overrides))


def _trades(tape: Tape, params: str, overrides: Sequence[str]) -> str:
    """What the replay makes of a tape."""
    markets = f"markets={{BTC: {{strategy: bollinger, params: {{period: 10, {params}}}}}}}"
    usual = ("venue=okx", markets, "limits.naked_resting_notional_max=1000000")
    settings = config.load(None, (*usual, *overrides)).settings
    tables = shipped(settings.venue, {"BTC": PRICE}).markets
    study = study_of(settings, {"BTC": tape}, markets=tables, fees=Fees(maker=0.0002, taker=0.0005))
    return str(play(study, engine="replay").trades)
