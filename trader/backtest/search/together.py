"""Studies that differ by one coin's policy alone, worked out together; all others each by itself.

Rules: one study of a coin goes the way of many, so that figures do not depend on what is asked beside them,
to the last digit; what the compiled engine cannot answer is replayed.
"""

from collections.abc import Sequence
from dataclasses import replace

from trader.backtest.engines import play
from trader.backtest.search.figures import figures_from, figures_of
from trader.backtest.search.rows import Figures
from trader.backtest.study import NeedsReplay, Study
from trader.exchange.fill_model import FillModel


def together(studies: Sequence[Study], model: FillModel) -> list[Figures]:
    """The figures of each study under a fill model, in their order."""
    asked = [replace(study, model=model) for study in studies]
    found: dict[int, Figures] = {}
    for places in _alike(asked):
        if len(asked[places[0]].tapes) == 1:
            found.update(zip(places, _swept([asked[place] for place in places]), strict=True))
        else:
            found.update((place, figures_of(play(asked[place]), asked[place].equity)) for place in places)
    return [found[place] for place in range(len(asked))]


def _swept(studies: Sequence[Study]) -> list[Figures]:
    from trader.backtest.fast.sweep import curves

    (coin,) = studies[0].tapes
    rows = []
    for study, found in zip(
        studies, curves(studies[0], [s.policy.markets[coin] for s in studies]), strict=True
    ):
        if isinstance(found, NeedsReplay):
            rows.append(figures_of(play(study, engine="replay"), study.equity))
        else:
            sums, at_ms, values = found
            rows.append(figures_from(sums, at_ms, values, study.equity))
    return rows


def _alike(studies: Sequence[Study]) -> list[list[int]]:
    """Places of studies that are the same but for the policies of their coins."""
    groups: list[tuple[Study, list[int]]] = []
    for place, study in enumerate(studies):
        for first, places in groups:
            if _same_beside_markets(first, study):
                places.append(place)
                break
        else:
            groups.append((study, [place]))
    return [places for _, places in groups]


def _same_beside_markets(one: Study, other: Study) -> bool:
    return (
        replace(one.policy, markets={}) == replace(other.policy, markets={})
        and (one.fees, one.equity, one.start_ms, one.end_ms)
        == (other.fees, other.equity, other.start_ms, other.end_ms)
        and one.tapes is other.tapes
    )
