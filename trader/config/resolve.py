"""A document to settings: each part judged by its model, the rest of the file whatever is wrong with one.

Rules: every fault is reported, in one reading. A value that is refused is dropped and its default stands,
so that what remains is usable for protection; who may use it is decided by the caller. A coin's sizing and
entries are the file's own with what the coin says over them.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields, is_dataclass, make_dataclass, replace
from functools import cache
from typing import Any, get_type_hints

from trader.config import forms
from trader.config.document import Document, Fault, Path, Place, dotted, where
from trader.config.rules import broken_rules, warnings_of
from trader.config.scalars import shown
from trader.config.schema import Wrong, build, check, is_required, model_of
from trader.config.words import sentence
from trader.core.errors import require
from trader.settings import EntrySettings, MarketSettings, Settings, SizingSettings
from trader.strategies.registry import STRATEGIES

_PASSES_MAX = 4  # dropping a value can uncover one more fault, of the group around it


@dataclass(slots=True)
class Resolution:
    """The settings, or None when venue or mode cannot be known; sources by dotted path."""

    settings: Settings | None
    sources: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def resolve(document: Document, *, origin: str, is_private: bool) -> Resolution:
    """Judge a document; `is_private` says that nobody else can read the file."""
    judge = _Judge(document, origin)
    markets = judge.markets()
    rest = {name: value for name, value in document.data.items() if name != "markets"}
    given = judge.judged(Settings, rest, (), without=frozenset({"markets"}))
    if "venue" not in given or "mode" not in given:
        return Resolution(None, faults=judge.in_order())
    settings: Settings = build(Settings, given)
    settings = replace(settings, markets={coin: _market(settings, spec) for coin, spec in markets.items()})
    sources = _sources(settings, document, judge.faults, origin)
    if not settings.markets and not any(fault.path[:1] == ("markets",) for fault in judge.faults):
        judge.blame(("markets",), "markets: no coin is named: expected for example BTC: {strategy: breakout}")
    for path, text in broken_rules(settings, document.places, is_private=is_private):
        judge.blame(path, text)
    return Resolution(settings, sources, judge.in_order(), list(warnings_of(settings, document.places)))


def _market(settings: Settings, given: Mapping[str, Any]) -> MarketSettings:
    params_type = STRATEGIES[given["strategy"]].params_type
    return MarketSettings(
        strategy=given["strategy"],
        params=build(params_type, given.get("params", {})),
        sizing=replace(settings.sizing, **given.get("sizing", {})),
        entries=replace(settings.entries, **given.get("entries", {})),
        **{name: given[name] for name in ("naked_window",) if name in given},
    )


class _Judge:
    """Collects the faults of one document."""

    def __init__(self, document: Document, origin: str) -> None:
        self._document = document
        self._origin = origin
        self.faults = list(document.faults)

    def blame(self, path: Path, text: str) -> None:
        """Add a fault at a path, unless there is one: what was refused is missing in the next pass."""
        if any(fault.path == path for fault in self.faults):
            return
        self.faults.append(Fault(path, where(self._document.places, path, Place(self._origin)), text))

    def in_order(self) -> list[Fault]:
        """In the order of the file; overrides and what has no line first."""
        return sorted(self.faults, key=lambda f: (f.place.line, f.place.column) if f.place else (0, 0))

    def judged(
        self, cls: type, data: object, prefix: Path, without: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """What is right in `data`, in the settings' types; the rest is a fault and dropped."""
        model = model_of(cls, without)
        for _pass in range(_PASSES_MAX):
            given, wrongs = check(model, data)
            if given is not None:
                return given
            for wrong in wrongs:
                if not (wrong.kind == "missing" and self._is_known_below((*prefix, *wrong.path))):
                    self.blame((*prefix, *wrong.path), sentence(cls, wrong, prefix))
            if any(wrong.kind == "missing" and len(wrong.path) == 1 for wrong in wrongs):
                return {}
            data = _without(data, wrongs)
        require(False, f"configuration: {dotted(prefix) or 'the file'} does not settle")
        return {}

    def _is_known_below(self, path: Path) -> bool:
        """True for a group that is missing because what it lacks was a fault: one line is enough."""
        return any(fault.path[: len(path)] == path for fault in self.faults)

    def markets(self) -> dict[str, dict[str, Any]]:
        """What is right of each coin whose strategy is known."""
        data = self._document.data.get("markets")
        if not isinstance(data, dict):
            if data is not None:
                self.blame(
                    ("markets",), f"markets: {shown(data)} is not allowed: expected coins, each a group"
                )
            return {}
        found: dict[str, dict[str, Any]] = {}
        for coin, value in data.items():
            path: Path = ("markets", coin)
            try:
                forms.coin(coin)
            except ValueError as error:
                self.blame(path, f"{dotted(path)}: {error}")
                continue
            given = self._market(path, value)
            if given:
                found[coin] = given
        return found

    def _market(self, path: Path, value: object) -> dict[str, Any]:
        name = value.get("strategy") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(name, str) or name not in STRATEGIES:
            said = " is missing" if name is None else f": {shown(name)} is not a strategy of this version"
            known = f"expected one of {', '.join(STRATEGIES)}"
            self.blame((*path, "strategy"), f"{dotted((*path, 'strategy'))}{said}: {known}")
            return {}
        if _has_required(name):
            value = {**value, "params": {} if value.get("params") is None else value["params"]}
        return self.judged(_shape(name), value, path)


def _has_required(strategy: str) -> bool:
    """True for a strategy with numbers that only the operator can name."""
    return any(is_required(entry) for entry in fields(STRATEGIES[strategy].params_type))


@cache
def _shape(strategy: str) -> type:
    """A coin as it is written, where only the strategy is required, and params that have no default."""
    params_type = STRATEGIES[strategy].params_type
    params: Any = field() if _has_required(strategy) else field(default_factory=params_type)
    return make_dataclass(
        "Market",
        [
            ("strategy", str),
            ("params", params_type, params),
            ("sizing", SizingSettings, field(default_factory=SizingSettings)),
            ("entries", EntrySettings, field(default_factory=EntrySettings)),
            ("naked_window", get_type_hints(MarketSettings)["naked_window"], field(default="refuse")),
        ],
        frozen=True,
    )


def _without(data: object, wrongs: list[Wrong]) -> object:
    """The data without what is wrong; where something is missing, without the group that lacks it."""
    kept = deepcopy(data)
    for wrong in sorted(wrongs, key=lambda w: [str(part) for part in w.path], reverse=True):
        path = wrong.path[:-1] if wrong.kind == "missing" else wrong.path
        # A wrong entry of a list spoils the list: half of a list is not what was asked for.
        path = next((path[:i] for i, part in enumerate(path) if isinstance(part, int)), path)
        group: Any = kept
        for part in path[:-1]:
            group = group.get(part) if isinstance(group, dict) else None
        if isinstance(group, dict):
            group.pop(path[-1], None)
    return kept


def _sources(settings: Settings, document: Document, faults: list[Fault], origin: str) -> dict[str, str]:
    refused = {fault.path for fault in faults}

    def source(path: Path) -> str:
        place = document.places.get(path)
        spoilt = place is None or any(path[:end] in refused for end in range(1, len(path) + 1))
        if spoilt or place is None:
            return (
                source(path[2:]) if path[0] == "markets" and path[2] in ("sizing", "entries") else "default"
            )
        return f"{origin} line {place.line}" if place.line else place.origin

    return {dotted(path): source(path) for path, _value in values(settings)}


def values(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every resolved value that is no group, with its path."""
    if is_dataclass(value) and not isinstance(value, type):
        for entry in fields(value):
            yield from values(getattr(value, entry.name), (*path, entry.name))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from values(item, (*path, name))
    else:
        yield path, value
