"""Flaws in the watch over liquidation: each lets the venue come before the stop again."""

import pytest

from tests.support.planting import everywhere
from trader import cover, crowding, level


def nobody_watches_liquidation(patch: pytest.MonkeyPatch) -> None:
    """A stop counts as cover wherever liquidation is."""
    everywhere(patch, cover.overtaken, lambda order, position, rules: False)
    everywhere(patch, crowding.crowded_cases, lambda holdings, policy: [])


def each_coin_is_watched_alone(patch: pytest.MonkeyPatch) -> None:
    """Other coins are taken to stand still."""
    everywhere(patch, crowding.crowded_cases, lambda holdings, policy: [])


def a_position_inside_the_margin_goes_whole(patch: pytest.MonkeyPatch) -> None:
    """Nothing of it is kept."""
    everywhere(patch, level.keepable, lambda case, had, policy, market, holdings: had * 0)


def a_position_inside_the_margin_is_kept(patch: pytest.MonkeyPatch) -> None:
    """All but a lot of it stays."""
    everywhere(
        patch, level.keepable, lambda case, had, policy, market, holdings: abs(case.mine.ours) - market.lot
    )
