"""Cases of the fall from the top, by gains and by the venue's own samples, whatever money came or went.

The account has 1,000 USD now unless a case says otherwise.
"""

from dataclasses import replace
from typing import Any

from tests.support.builders import NOW_MS, a_fill, a_past, dec
from tests.support.day_cases import START, gain, held_eth
from tests.support.questions import Case, asked
from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.past import Flow, Sample
from trader.core.snapshot import Account

PAST = ("gains", "flows", "samples", "since_ms", "gains_since_ms")


def flow(amount: object, ago_ms: int) -> Flow:
    return Flow(NOW_MS - ago_ms, dec(amount), "transfer")


def sample(equity: object, profit: object, ago_ms: int) -> Sample:
    return Sample(NOW_MS - ago_ms, dec(equity), dec(profit))


def cases() -> dict[str, Case]:
    lost = (gain(250, 10 * DAY_MS), gain(-250, 5 * DAY_MS))
    found = {
        **falls(),
        **_open_losses(),
        **_sampled(),
        **_sampled_in_part(),
        **_edges(),
        **_sampled_edges(),
    }
    return {
        **{f"entry: {name}": case for name, case in found.items()},
        "rest: a fall": fell("drawdown", 0.2, gains=lost, kind="rest"),
    }


def fell(rule: str | None, limit: float, equity: object = 1000, **changes: Any) -> Case:
    """An entry where the account may have fallen by this fraction of its top."""
    past = a_past(**{k: changes.pop(k) for k in PAST if k in changes})
    limits = {"drawdown_fraction_max": limit, "drawdown_days": changes.pop("days", 30)}
    holdings = {"account": Account(dec(equity), dec(0), dec(0)), **changes.pop("holdings", {})}
    resumed = {"resumed_ms": changes.pop("resumed_ms", None)}
    kind = changes.pop("kind", "entry")
    return Case(
        rule, asked(kind, past=past, limits=limits, holdings=holdings, policy_changes=resumed, **changes)
    )


def falls() -> dict[str, Case]:
    """1,000 left of 1,250: a fifth is gone, however much came or went meanwhile."""
    lost = (gain(250, 10 * DAY_MS), gain(-250, 5 * DAY_MS))
    return {
        "a fall": fell("drawdown", 0.2, gains=lost),
        "a fall just bearable": fell(None, 0.2001, gains=lost),
        "a fall and a deposit": fell("drawdown", 0.2, 101_000, gains=lost, flows=(flow(100_000, DAY_MS),)),
        "a fall before a deposit just bearable": fell(
            None, 0.2001, 101_000, gains=lost, flows=(flow(100_000, DAY_MS),)
        ),
        "a fall and a withdrawal": fell("drawdown", 0.2, 10, gains=lost, flows=(flow(-990, DAY_MS),)),
        "a fall after a withdrawal": fell(
            "drawdown", 0.5, 5, gains=(gain(-5, DAY_MS),), flows=(flow(-990, 2 * DAY_MS),)
        ),
        "a gain and a withdrawal in one moment": fell(
            "drawdown", 0.5, 10, gains=(gain(-1000, DAY_MS),), flows=(flow(-990, DAY_MS),)
        ),
        "a deposit alone": fell(None, 0.0001, gains=(), flows=(flow(999, DAY_MS),)),
        "a withdrawal alone": fell(None, 0.0001, 200, gains=(), flows=(flow(-800, DAY_MS),)),
        "a fall from the start": fell("drawdown", 0.2, 800, gains=(gain(-200, 29 * DAY_MS),)),
        "a fall before the window": fell(
            None, 0.0001, gains=(gain(-200, 30 * DAY_MS + 1),), since_ms=0, gains_since_ms=0
        ),
        "a fall at the window's start": fell("drawdown", 0.2, 800, gains=(gain(-200, 30 * DAY_MS),)),
        "a fall in a shorter window": fell("drawdown", 0.2, 800, gains=(gain(-200, 2 * DAY_MS),), days=2),
        "a fall that only fills tell yet": fell(
            "drawdown",
            0.2,
            800,
            gains=(),
            holdings={
                "fills": (
                    a_fill("0.01", 0, "ETH", at_ms=NOW_MS - HOUR_MS, fill_id="in"),
                    a_fill("-0.01", "0.01", "ETH", at_ms=NOW_MS - 1, fill_id="out", realised=dec(-200)),
                )
            },
        ),
        "two falls": fell("drawdown", 0.28, 720, gains=(gain(-100, 2 * DAY_MS), gain(-180, DAY_MS))),
        "two falls just bearable": fell(
            None, 0.2801, 720, gains=(gain(-100, 2 * DAY_MS), gain(-180, DAY_MS))
        ),
    }


def _open_losses() -> dict[str, Case]:
    """What open positions stand at counts on the balance at the opening of the oldest."""
    open_loss = {"gains": (gain(-1, 8 * HOUR_MS),), "holdings": held_eth("entry", -100)}
    return {
        "an open loss": fell("drawdown", 0.1009, 899, **open_loss),
        "an open loss just bearable": fell(None, 0.102, 899, **open_loss),
        "an open loss, and money went since": fell(
            "drawdown", 0.1, 300, flows=(flow(-600, 2 * HOUR_MS),), holdings=held_eth("entry", -100)
        ),
        "an open loss, and money went since, just bearable": fell(
            None, 0.1001, 300, flows=(flow(-600, 2 * HOUR_MS),), holdings=held_eth("entry", -100)
        ),
        "an open loss, and money came before": fell(
            "drawdown", 0.1, 900, flows=(flow(900, 7 * HOUR_MS),), holdings=held_eth("entry", -100)
        ),
        "an open loss, and money came while it was open": fell(
            "drawdown", 0.1, 950, flows=(flow(500, HOUR_MS),), holdings=held_eth("entry", -50)
        ),
        "an open loss, and money came before it was opened": fell(
            "drawdown", 0.05, 950, flows=(flow(500, 7 * HOUR_MS),), holdings=held_eth("entry", -50)
        ),
        "all is lost": fell(
            "drawdown", 0.999, 500, gains=(gain(-1000, 2 * DAY_MS),), flows=(flow(500, DAY_MS),)
        ),
        "lost of nothing": fell(
            "past", 0.5, 500, gains=(gain(-100, 2 * DAY_MS),), flows=(flow(600, DAY_MS),)
        ),
        "won from nothing": fell(
            None, 0.0001, 600, gains=(gain(100, 2 * DAY_MS),), flows=(flow(500, DAY_MS),)
        ),
        "an open loss of nothing": fell(
            "past", 0.5, 500, flows=(flow(600, 2 * HOUR_MS),), holdings=held_eth("entry", -100)
        ),
    }


def _sampled() -> dict[str, Case]:
    """With the venue's own samples: 1,250 at the top, 1,000 now."""
    top = (sample(1000, 0, 20 * DAY_MS), sample(1250, 250, 10 * DAY_MS))
    moved = (sample(1000, 0, 3 * DAY_MS), sample(11_000, 0, 2 * DAY_MS))
    return {
        "a sampled fall": fell("drawdown", 0.2, samples=top),
        "a sampled fall just bearable": fell(None, 0.2001, samples=top),
        "a sampled fall before the window": fell(
            None, 0.0001, samples=(sample(2000, 1000, 31 * DAY_MS), *top[:1]), since_ms=0
        ),
        "a sampled fall and a withdrawal since": fell(
            "drawdown", 0.2, 100, samples=top, flows=(flow(-900, DAY_MS),)
        ),
        "a sampled fall and a withdrawal since, just bearable": fell(
            None, 0.2001, 200, samples=top, flows=(flow(-800, DAY_MS),)
        ),
        "a sampled deposit": fell(None, 0.0001, 11_000, samples=moved, flows=(flow(10_000, 60 * HOUR_MS),)),
        "a sampled deposit and a loss": fell(
            "drawdown", 0.5, 5_500, samples=(moved[0], sample(5_500, -5_500, 2 * DAY_MS))
        ),
        "a deposit and a withdrawal between samples": fell(
            "drawdown",
            0.5,
            500,
            samples=(moved[0], sample(500, -5_500, 2 * DAY_MS)),
            flows=(flow(10_000, 70 * HOUR_MS), flow(-5_000, 60 * HOUR_MS)),
        ),
        "a sampled withdrawal and a loss": fell(
            "drawdown", 0.05, 50, samples=(moved[0], sample(50, -50, 2 * DAY_MS))
        ),
    }


def _sampled_in_part() -> dict[str, Case]:
    """Samples that do not begin where the window does."""
    top = (sample(1000, 0, 20 * DAY_MS), sample(1250, 250, 10 * DAY_MS))
    return {
        "a loss between the start and the first sample": fell(
            "drawdown",
            0.1818,
            800,
            samples=(sample(800, 0, DAY_MS),),
            gains=(gain(-200, 2 * DAY_MS),),
            flows=(flow(-100, 3 * DAY_MS),),
        ),
        "a loss between the start and the first sample, just bearable": fell(
            None,
            0.1819,
            800,
            samples=(sample(800, 0, DAY_MS),),
            gains=(gain(-200, 2 * DAY_MS),),
            flows=(flow(-100, 3 * DAY_MS),),
        ),
        "gains that begin after the window, before the first sample": fell(
            None,
            0.0001,
            800,
            samples=(sample(800, 0, DAY_MS),),
            gains=(gain(-200, 2 * DAY_MS),),
            gains_since_ms=START + 1,
        ),
        "no sample since the operator resumed": fell(
            "drawdown", 0.2, 800, samples=top, gains=(gain(-200, HOUR_MS),), resumed_ms=NOW_MS - DAY_MS
        ),
        "a record of samples shorter than the window": fell(
            "past", 0.5, samples=top, since_ms=START + 60_001
        ),
        "an open loss in samples": fell(
            "drawdown", 0.1, 900, samples=(sample(1000, 0, DAY_MS),), holdings=held_eth("entry", -100)
        ),
    }


def _edges() -> dict[str, Case]:
    """Moments that coincide, and amounts so small that they are easily taken for none."""
    opened = held_eth("entry", -100)
    early = {**opened, "fills": tuple(replace(f, at_ms=NOW_MS - 3 * DAY_MS) for f in opened["fills"])}
    return {
        "a fall of cents": fell(
            "drawdown", 0.5, gains=(gain("-0.25", 2 * DAY_MS),), flows=(flow("999.75", DAY_MS),)
        ),
        "lost of nothing twice": fell(
            "past",
            0.5,
            500,
            gains=(gain(-100, 3 * DAY_MS), gain(-50, 2 * DAY_MS)),
            flows=(flow(650, DAY_MS),),
        ),
        "won a little from nothing": fell(
            None, 0.0001, 500, gains=(gain("0.5", 2 * DAY_MS),), flows=(flow("499.5", DAY_MS),)
        ),
        "nothing from nothing": fell(
            None, 0.0001, 500, gains=(gain(0, 2 * DAY_MS),), flows=(flow(500, DAY_MS),)
        ),
        "more than all is lost": fell(
            "drawdown", 0.5, 500, gains=(gain(-1500, 2 * DAY_MS),), flows=(flow(1000, DAY_MS),)
        ),
        "a sample at the window's start": fell(
            "drawdown", 0.2, 800, samples=(sample(1000, 0, 30 * DAY_MS),), since_ms=START
        ),
        "an open loss of a position older than the window": fell(
            "drawdown",
            0.1,
            900,
            flows=(flow(500, 5 * DAY_MS // 2), flow(100, 2 * DAY_MS)),
            holdings=early,
            days=2,
        ),
        "an open loss, and a fee at its opening": fell(
            "drawdown", 0.19, 800, gains=(gain(-100, 6 * HOUR_MS),), holdings=opened
        ),
        "open losses of two positions": fell(
            "drawdown", 0.1, 1800, flows=(flow(1000, 3 * HOUR_MS),), holdings=_two_held()
        ),
    }


def _sampled_edges() -> dict[str, Case]:
    """The same of samples."""
    small = (sample(0, 0, 3 * DAY_MS), sample("0.05", "-0.25", 2 * DAY_MS))
    later = (gain(-200, 2 * DAY_MS), gain(-50, HOUR_MS))
    bounds = (gain(-100, 30 * DAY_MS), gain(-100, DAY_MS))
    return {
        "a little came and went between samples": fell(
            "drawdown",
            0.5,
            1000,
            samples=small,
            flows=(flow("0.5", 70 * HOUR_MS), flow("-0.2", 60 * HOUR_MS), flow("999.95", DAY_MS)),
        ),
        "gains since the first sample count once": fell(
            "drawdown", 0.2, 750, samples=(sample(800, 0, DAY_MS),), gains=later
        ),
        "gains at both ends of the first stretch": fell(
            "drawdown", 0.2, 800, samples=(sample(800, 0, DAY_MS),), gains=bounds
        ),
        "a flow at the moment of a sample": fell(
            "drawdown", 0.2, samples=(sample(1250, 0, DAY_MS),), flows=(flow(900, DAY_MS),)
        ),
        "a flow at this moment": fell(
            None, 0.0001, 1500, samples=(sample(1000, 0, DAY_MS),), flows=(flow(500, 0),)
        ),
        "a withdrawal at this moment": fell(
            None, 0.0001, 500, samples=(sample(1000, 0, DAY_MS),), flows=(flow(-500, 0),)
        ),
    }


def _two_held() -> dict[str, Any]:
    """Longs in ETH for six hours and in SOL for two, each 50 below its opening."""
    eth = held_eth("entry", -50)
    fill, stop = eth["fills"][0], eth["orders"][0]
    return {
        "positions": (*eth["positions"], replace(eth["positions"][0], coin="SOL")),
        "fills": (fill, replace(fill, coin="SOL", fill_id="2", at_ms=NOW_MS - 2 * HOUR_MS)),
        "orders": (stop, replace(stop, coin="SOL", order_id="sol")),
    }
