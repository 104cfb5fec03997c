"""What an episode may be given beside its start: another line in the file, or a market that is thinner.

Rules: it is done to a stage that stands, just before its first run; the account itself was made under the
usual file, as when an operator edits it. A line of a script that names none is what it always was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from trader.exchange.orders import Liquidity
from trader.rehearsal import Stage
from trader.selftest.markets import BASES
from trader.settings import AdoptSettings, Settings, SizingSettings, UnreadableCoverSettings

_ADOPTED = AdoptSettings(stop=0.05)
_OTHER_KIND: Mapping[str, Literal["cross", "isolated"]] = {"cross": "isolated", "isolated": "cross"}
_READINGS = 3
_LITTLE = Decimal(1_500)  # less than one entry of bollinger, and one rung of a ladder
_THIN = Decimal(400)  # what fills of a resting order in a minute, in money


def give(stage: Stage, names: Sequence[str]) -> None:
    """Change a stage by all of these."""
    for name in names:
        if name not in _MAKERS:
            raise ValueError(f"given={name}: expected one of {', '.join(GIVENS)}")
        _MAKERS[name](stage)


def _adopt(stage: Stage) -> None:
    """Whatever is held in these coins counts as ours, and gets a stop."""
    _edit(stage, lambda file: replace(file, adopt=dict.fromkeys(sorted(BASES), _ADOPTED)))


def _flatten(stage: Stage) -> None:
    """A position is closed whose cover nothing could show in so many readings."""
    _edit(stage, lambda file: replace(file, unreadable_cover=UnreadableCoverSettings(_READINGS)))


def _little(stage: Stage) -> None:
    """Little may wait on the venue without cover of its own."""
    _edit(
        stage,
        lambda file: replace(file, limits=replace(file.limits, naked_resting_notional_max=_LITTLE)),
    )


def _leverage(stage: Stage) -> None:
    """The file says other leverage than the one that the account was traded with."""
    _resize(stage, lambda sizing: replace(sizing, leverage=sizing.leverage + 2))


def _margin(stage: Stage) -> None:
    """The file says the other kind of margin."""
    _resize(stage, lambda sizing: replace(sizing, margin=_OTHER_KIND[sizing.margin]))


def _thin(stage: Stage) -> None:
    """What rests fills a little at a time."""
    for coin, base in BASES.items():
        stage.model.set_liquidity(coin, Liquidity(resting_size=_THIN / Decimal(base)))


def _resize(stage: Stage, resized: Callable[[SizingSettings], SizingSettings]) -> None:
    def edited(file: Settings) -> Settings:
        markets = {
            coin: replace(market, sizing=resized(market.sizing)) for coin, market in file.markets.items()
        }
        return replace(file, sizing=resized(file.sizing), markets=markets)

    _edit(stage, edited)


def _edit(stage: Stage, edited: Callable[[Settings], Settings]) -> None:
    stage.settings = edited(stage.settings)


_MAKERS: Mapping[str, Callable[[Stage], None]] = {
    "adopt": _adopt,
    "flatten": _flatten,
    "leverage": _leverage,
    "little": _little,
    "margin": _margin,
    "thin": _thin,
}
GIVENS: tuple[str, ...] = tuple(_MAKERS)
