"""Starts of a tick that only accounts with two sides, or entries that rest, can bring about."""

from collections.abc import Callable, Mapping
from functools import partial

from tests.support.grid_stage import PRICE, drive, grid_stage, ticked, to_next_bar
from tests.support.kill_cases import KillCase
from tests.support.way_cases import WAYS, with_both_legs
from trader.rehearsal import Stage

STEP = PRICE * 0.005
LEVELS = 2


def _ladder(venue: str) -> Stage:
    """Nothing rests yet."""
    return grid_stage(venue, levels_long=LEVELS, levels_short=LEVELS)


def _rung_filled(venue: str) -> Stage:
    """Rungs rest on both sides, and one has filled while nobody ran."""
    made = _ladder(venue)
    ticked(made)
    drive(made, PRICE - 1.2 * STEP)
    return made


def _both_filled(venue: str) -> Stage:
    """Both legs are held, the newer one without its standing exits, and rungs rest beside them."""
    made = _rung_filled(venue)
    ticked(made)
    drive(made, PRICE + 1.2 * STEP)
    return made


def _renewed(venue: str) -> Stage:
    """Price has left the anchor: every rung is cancelled and placed anew."""
    made = grid_stage(venue, levels_long=LEVELS, levels_short=LEVELS, recenter_bps=30)
    ticked(made)
    drive(made, PRICE - 0.8 * STEP)
    to_next_bar(made)
    return made


GRIDS: Mapping[str, Callable[[str], Stage]] = {
    "ladder": _ladder,
    "rung filled": _rung_filled,
    "both legs": _both_filled,
    "recentred": _renewed,
}
CASES = {
    f"{venue} grid: {name}": KillCase(partial(build, venue), never_naked=False)
    for venue in ("okx", "binance")
    for name, build in GRIDS.items()
} | {
    f"{way}: both legs, one bare": KillCase(partial(with_both_legs, way), never_naked=False)
    for way, (_, two_sided) in WAYS.items()
    if two_sided
}
