"""Each venue's questions, and what answers set: the embedded exchange's switches, the file's abilities."""

from dataclasses import replace
from importlib import import_module
from typing import Any

from trader.core.errors import ConfigError
from trader.parts import NAMES
from trader.probe.bench import Bench, Hand
from trader.probe.experiments import KEEP, Experiment
from trader.probe.facts import Facts

_HANDS = {"hyperliquid": "HyperliquidHand", "okx": "OkxHand", "binance": "BinanceHand"}


def experiments_of(venue: str) -> tuple[Experiment, ...]:
    """The questions about a venue, by number."""
    found: tuple[Experiment, ...] = _module(venue, "table").EXPERIMENTS
    return found


def coin_of(venue: str) -> str:
    """A coin whose least order is small enough for two of them."""
    return str(_module(venue, "table").COIN)


def hand_of(venue: str, bench: Bench) -> Hand:
    """Who writes in the venue's words."""
    hand: Hand = getattr(_module(venue, "hand"), _HANDS[venue])(bench)
    return hand


def switches_from(facts: Facts, usual: Any = None) -> Any:
    """The embedded exchange's switches as the venue answered; the rest stays as it usually is."""
    switches = usual or import_module(f"trader.sim.{facts.venue}.switches").Switches()
    changes: dict[str, Any] = {}
    for experiment in experiments_of(facts.venue):
        fact = facts.answer(experiment.number)
        if experiment.sets and fact is not None:
            value = experiment.reads(fact.answer)
            if value is not KEEP:
                changes[experiment.sets] = value
    return replace(switches, **changes)


def abilities_from(facts: Facts) -> dict[str, str]:
    """What belongs under `abilities` in the configuration, by name."""
    found: dict[str, str] = {}
    for experiment in experiments_of(facts.venue):
        fact = facts.answer(experiment.number)
        if experiment.ability is not None and fact is not None:
            name, words = experiment.ability
            if fact.answer in words:
                found[name] = words[fact.answer]
    return found


def _module(venue: str, name: str) -> Any:
    if venue not in NAMES:
        raise ConfigError(f"venue {venue!r} is not known: expected one of {', '.join(NAMES)}")
    return import_module(f"trader.probe.{venue}.{name}")
