"""Options that name recorded bars, and the tapes that they lead to; for every command that trades them.

Rules: what is said twice, or for a coin without candles, is refused: nobody can know which was meant.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from trader.commands.options import Call
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.text import printable
from trader.settings import Settings

if TYPE_CHECKING:
    from trader.backtest.setup import Span
    from trader.backtest.study import Fees, Study
    from trader.backtest.tape import Tape

_OVERRIDE = "="


@frozen
class Recorded:
    """What was given of each coin: paths, and for funding a path or a rate per eight hours."""

    candles: Mapping[str, str]
    inner: Mapping[str, str] = field(default_factory=dict)
    funding: Mapping[str, str] = field(default_factory=dict)
    mark: Mapping[str, str] = field(default_factory=dict)
    start_ms: int | None = None
    end_ms: int | None = None
    drop_unfinished: bool = False

    def __post_init__(self) -> None:
        for name, given in (("inner", self.inner), ("funding", self.funding), ("mark", self.mark)):
            alone = [coin for coin in given if coin not in self.candles]
            if alone:
                coin = alone[0]
                raise ConfigError(
                    f"--{name} {coin}: there are no candles of {coin}: give --candles {coin}=PATH too, or "
                    "leave it out"
                )
        if self.start_ms is not None and self.end_ms is not None and self.start_ms >= self.end_ms:
            raise ConfigError("--start is not before --end: no bar lies between them; swap or widen them")

    @property
    def span(self) -> "Span":
        from trader.backtest.setup import Span

        return Span(self.start_ms, self.end_ms)


def tapes_of(settings: Settings, recorded: Recorded, tell: Callable[[str], None]) -> "dict[str, Tape]":
    """The tape of each coin that has candles, read and fitted; `tell` hears what a reader should know."""
    from trader.backtest.data import tape_of
    from trader.backtest.setup import frame_ms_of

    tapes = {
        coin: tape_of(
            coin,
            frame_ms=frame_ms_of(settings, coin),
            candles=path,
            inner=recorded.inner.get(coin),
            mark=recorded.mark.get(coin),
            funding=recorded.funding.get(coin),
            drop_unfinished=recorded.drop_unfinished,
            tell=tell,
        )
        for coin, path in recorded.candles.items()
    }
    for coin, tape in tapes.items():
        _require_bars(tape, recorded, recorded.candles[coin])
    return tapes


def study_from(call: Call, recorded: Recorded, tell: Callable[[str], None]) -> "tuple[Study, str, Fees]":
    """The study, the name of its fill model's preset, and the fees that the venue's accounts usually pay."""
    from trader.commands.data import require_columns

    require_columns()
    from trader.backtest.setup import fees_of, study_of, with_coins
    from trader.backtest.study import Fees
    from trader.config.rules import never_entered
    from trader.parts.markets import shipped

    settings = call.load("all").settings
    traded = with_coins(settings, recorded.candles, option="--candles")
    left_out = ", ".join(coin for coin in settings.markets if coin not in traded.markets)
    if left_out:
        tell(f"no candles of {left_out} were given: the file trades them, this backtest does not")
    for why in never_entered(traded):
        tell(f"{why}; where fills are whole, as here, they are made")
    tapes = tapes_of(traded, recorded, tell)
    tables = shipped(settings.venue, {coin: float(tape.bars.close[0]) for coin, tape in tapes.items()})
    usual = Fees(maker=float(tables.maker_rate), taker=float(tables.taker_rate))
    study = study_of(traded, tapes, markets=tables.markets, fees=fees_of(settings, usual), span=recorded.span)
    _tell_of_the_span(study, recorded, tell)
    return study, settings.fills.preset, usual


def _require_bars(tape: "Tape", recorded: Recorded, path: str) -> None:
    """At least one bar can carry a signal."""
    from trader.core.text import utc

    first_ms, last_ms = int(tape.bars.open_ms[0]), int(tape.bars.open_ms[-1])
    too_late = recorded.start_ms is not None and recorded.start_ms > last_ms
    too_early = recorded.end_ms is not None and recorded.end_ms <= first_ms
    if too_late or too_early:
        option = "--start" if too_late else "--end"
        bars = f"the bars of {path} open from {utc(first_ms)} to {utc(last_ms)}"
        raise ConfigError(f"{option}: empty result: {bars}, none in the span; choose another span or file")


def _tell_of_the_span(study: "Study", recorded: Recorded, tell: Callable[[str], None]) -> None:
    """What of the span that was asked has no bars, or not yet enough of them to decide."""
    from trader.core.text import plural, utc

    for coin, tape in study.tapes.items():
        path, opened, needed = (
            recorded.candles[coin],
            tape.bars.open_ms,
            study.policy.markets[coin].bars_needed,
        )
        end_ms = int(opened[-1]) + tape.bars.frame_ms
        if recorded.end_ms is not None and recorded.end_ms > end_ms:
            tell(f"{path}: the bars end at {utc(end_ms)}, before --end")
        before = 0 if recorded.start_ms is None else int((opened < recorded.start_ms).sum())
        if recorded.start_ms is not None and before < needed - 1 < len(opened):
            needs = f"{coin} needs up to {needed} to decide: it may enter nothing until"
            tell(
                f"{path}: {plural(before, 'bar')} before --start, and {needs} {utc(int(opened[needed - 1]))}"
            )


def unrepeated(overrides: Sequence[str], *, fills: str | None) -> None:
    """No setting is given twice, nor inside a group that is given as well."""
    names = [override.partition(_OVERRIDE)[0].strip() for override in overrides]
    if fills is not None:
        names.append("fills.preset")
    for at, name in enumerate(names):
        for other in names[at + 1 :]:
            if f"{name}.".startswith(f"{other}.") or f"{other}.".startswith(f"{name}."):
                both = name if name == other else f"{name} and {other}"
                raise ConfigError(f"{printable(both)}: given twice on one command line; keep one of the two")


def recorded_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name files and a span of time, handed over as one `recorded`."""

    def wrapped(
        candles: Sequence[str],
        inner: Sequence[str],
        funding: Sequence[str],
        mark: Sequence[str],
        start: str | None,
        end: str | None,
        drop_unfinished: bool,
        **rest: Any,
    ) -> Any:
        recorded = Recorded(
            candles=_by_coin("--candles", candles),
            inner=_by_coin("--inner", inner),
            funding=_by_coin("--funding", funding),
            mark=_by_coin("--mark", mark),
            start_ms=_moment("--start", start),
            end_ms=_moment("--end", end),
            drop_unfinished=drop_unfinished,
        )
        return command(recorded=recorded, **rest)

    wrapped.__doc__ = command.__doc__
    wrapped.__click_params__ = list(getattr(command, "__click_params__", []))  # type: ignore[attr-defined]
    for option in reversed(_OPTIONS):
        option(wrapped)
    return wrapped


def _by_coin(option: str, given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        coin, equals, value = text.partition("=")
        if not (coin and equals and value):
            raise click.UsageError(
                f"{option} {printable(text)}: expected COIN=..., for example BTC=btc.parquet"
            )
        if coin in found:
            raise ConfigError(f"{option} {printable(coin)}: given twice; keep one, or join the two files")
        found[coin] = value
    return found


def _moment(option: str, text: str | None) -> int | None:
    """A date or a time as ISO 8601 writes it; without a zone it is UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(
            f"{option} {printable(text)}: expected a date or time such as 2024-01-31 or 2024-01-31T13:30:00Z"
        ) from error
    zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(zoned.timestamp() * 1000)


_OPTIONS = (
    click.option(
        "--candles",
        multiple=True,
        required=True,
        metavar="COIN=PATH",
        help="Bars of a coin, in the strategy's frame or one that divides it; repeatable.",
    ),
    click.option(
        "--inner", multiple=True, metavar="COIN=PATH", help="Finer bars, which say what came first."
    ),
    click.option(
        "--funding",
        multiple=True,
        metavar="COIN=PATH|RATE",
        help="Funding as recorded, or one rate per 8 hours.",
    ),
    click.option(
        "--mark", multiple=True, metavar="COIN=PATH", help="Bars of the mark price, which fires stops."
    ),
    click.option(
        "--start", metavar="ISO", help="Signals of bars that open from here on; earlier ones warm up."
    ),
    click.option("--end", metavar="ISO", help="Signals of bars that open before this."),
    click.option(
        "--drop-unfinished",
        is_flag=True,
        help="Leave out a last bar that had not closed, instead of refusing.",
    ),
)
