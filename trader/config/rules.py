"""What must hold between settings, and what is allowed but worth a line.

Rules: a broken rule is a fault at the setting that has to change. A warning never stops a run; it names a
setting that does not do what its author may believe, above all one without effect in this version.
"""

from collections.abc import Iterator, Mapping

from trader.config import forms
from trader.config.contradictions import contradictions
from trader.config.document import Path, Place, dotted
from trader.config.scalars import shown
from trader.core.abilities import Abilities
from trader.core.access import Toll
from trader.core.candles import MINUTE_MS
from trader.core.identity import market_code
from trader.core.market import Leg
from trader.core.ports import FILLS_BACK_MS, CandleNeed, Scope
from trader.parts import parts_of
from trader.policies import abilities_of, bars_needed, past_ms
from trader.settings import Settings
from trader.strategies.registry import STRATEGIES

BARS_MAX = 4_990  # a page of candles, less the forming one and a few that close meanwhile
_LEAVING_S = 30  # a run that overstays its deadline is ended this much later


def broken_rules(
    settings: Settings, places: Mapping[Path, Place], *, is_private: bool
) -> Iterator[tuple[Path, str]]:
    """Each rule that the settings break, at the path to change."""
    yield from _credentials(settings, is_private=is_private)
    if settings.mode == "live" and settings.live.fingerprint is None:
        yield (
            ("live", "fingerprint"),
            "live.fingerprint is missing: mode live needs the account's fingerprint",
        )
    if settings.paper.url is not None and settings.paper.file is not None:
        yield ("paper", "file"), "paper.file: a running exchange (paper.url) keeps its own memory: drop one"
    yield from _misfits(settings)
    yield from _coins_alike(settings)
    yield from contradictions(settings)
    too_long = list(_too_much_history(settings))
    yield from too_long or _too_much_asked(settings)
    yield from _open_secrets(settings, places, is_private=is_private)


def _credentials(settings: Settings, *, is_private: bool) -> Iterator[tuple[Path, str]]:
    """One place for the key, and a program only where nobody else can name another."""
    said = settings.credentials
    if settings.mode != "paper" and not said.given:
        others = "or .systemd, .command, .environment"
        yield (
            ("credentials", "file"),
            f"credentials.file is missing ({others}): mode {settings.mode} signs with a key",
        )
    if len(said.given) > 1:
        yield ("credentials",), f"credentials: {' and '.join(said.given)} are given: keep one"
    if said.command and not said.command[0].startswith(("/", "~/")):
        text = f"{shown(said.command[0])} is no path: name the program whole, such as /usr/bin/pass"
        yield ("credentials", "command"), f"credentials.command: {text}"
    if said.command and not is_private:
        text = "others could have you run another program through this file: run chmod 600 on it"
        yield ("credentials", "command"), f"credentials.command: {text}"


def _misfits(settings: Settings) -> Iterator[tuple[Path, str]]:
    """What the file asks of its venue and the venue cannot do."""
    venue = settings.venue
    abilities = abilities_of(settings, parts_of(venue).abilities)
    for coin, market in settings.markets.items():
        for need in sorted(STRATEGIES[market.strategy].needs(market.params)):
            if getattr(abilities, need) is not True:
                lacks = _lacks(abilities, need)
                text = f"{market.strategy} {NEEDS[need]}, and {venue} {lacks}"
                yield ("markets", coin, "strategy"), f"markets.{coin}.strategy: {text}"
    if settings.stops.trigger not in abilities.trigger_sources:
        known = ", ".join(sorted(abilities.trigger_sources))
        yield (
            ("stops", "trigger"),
            f"stops.trigger: {venue} has no stops on {settings.stops.trigger}: use {known}",
        )
    if settings.region != "global" and venue != "okx":
        yield ("region",), f"region: {venue} has one site for all: leave it out"
    if settings.abilities.attach is not None and abilities.attach == "none":
        yield ("abilities", "attach"), f"abilities.attach: {venue} attaches no stop to an entry: leave it out"


NEEDS: Mapping[str, str] = {
    "two_sided": "holds both sides of a coin at once",
    "stop_entry": "lets conditional orders open a position",
}


def _lacks(abilities: Abilities, need: str) -> str:
    if getattr(abilities, need) is None:
        return "has not been seen to do that: try it on its practice network"
    return "cannot do that"


def _coins_alike(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Order ids spell a coin in four characters; two coins that spell alike could be taken for each other."""
    first: dict[str, str] = {}
    for coin in settings.markets:
        other = first.setdefault(market_code(coin), coin)
        if other != coin:
            code = market_code(coin)
            yield (
                ("markets", coin),
                f"markets: {other} and {coin} are both {code} in order ids: keep one of them",
            )


def _too_much_history(settings: Settings) -> Iterator[tuple[Path, str]]:
    for coin in settings.markets:
        bars = bars_needed(coin, settings)
        if bars > BARS_MAX:
            yield (
                ("markets", coin, "params"),
                (
                    f"markets.{coin}.params: needs {bars} bars of history, the venue serves {BARS_MAX}: "
                    "choose a longer bar, shorter windows, or no volatility limit"
                ),
            )


def tolls_of(settings: Settings) -> tuple[Toll, ...]:
    """What a quiet tick takes of the venue's limits, the dearest first. A check of cover takes less, and
    is called in other minutes."""
    needs: list[CandleNeed] = []
    lookups: dict[str, str] = {}
    for coin, market in settings.markets.items():
        spec = STRATEGIES[market.strategy]
        needs.append(CandleNeed(coin, spec.frame_ms(market.params), bars_needed(coin, settings)))
        if "two_sided" not in spec.needs(market.params):
            lookups |= {f"{coin} {leg.value}": coin for leg in Leg}
    scope = Scope(tuple(needs), lookups, FILLS_BACK_MS, past_ms(settings))
    return parts_of(settings.venue).tolls(scope, settings.markets)


def _too_much_asked(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Half of what an address may ask is for what is planned: the rest is for entries and for protection."""
    accounts = settings.accounts_on_this_ip
    toll = next((toll for toll in tolls_of(settings) if not toll.fits(accounts)), None)
    if toll is None:
        return
    path, each, fewer = "markets", "", ""
    if accounts > 1:
        path = "accounts_on_this_ip"
        each, fewer = f", shared by {accounts} accounts", ", let fewer accounts trade from this address"
    half = f"{toll.planned_max(accounts)} may be planned: half of the venue's {toll.limit}{each}"
    advice = f"name fewer coins than these {len(settings.markets)}{fewer}, or choose longer bars"
    yield (
        (path,),
        f"{path}: a tick asks about {toll.asked} {toll.what} in {toll.per_s} s, and {half}; {advice}",
    )


def _open_secrets(
    settings: Settings, places: Mapping[Path, Place], *, is_private: bool
) -> Iterator[tuple[Path, str]]:
    needs_reference = False
    for path, text in secrets(settings):
        if forms.is_reference(text):
            needs_reference = True
            continue
        place = next((places[path[:end]] for end in range(len(path), 0, -1) if path[:end] in places), None)
        if place is not None and not place.line:
            yield path, f"{dotted(path)}: a command line can be read by others: write secret:NAME instead"
        elif not is_private:
            yield path, f"{dotted(path)}: is written out: run chmod 600 on this file, or write secret:NAME"
    if needs_reference and not settings.credentials.given:
        yield ("credentials", "file"), "credentials.file is missing: secret:NAME is looked up there"


def secrets(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Every URL that is a secret or names one."""
    for index, url in enumerate(settings.notify.urls):
        yield ("notify", "urls", index), url
    for name, url in settings.heartbeat.given.items():
        yield ("heartbeat", name), url


def warnings_of(settings: Settings, written: Mapping[Path, Place]) -> Iterator[str]:
    """What the author may not expect, each with its place."""
    if settings.credentials.environment:
        text = "weaker than a file: other programs of this user may inherit the key or read it"
        yield _at(written.get(("credentials", "environment")), f"credentials.environment: {text}")
    yield from _timing_warnings(settings, written)
    yield from _resting_warnings(settings, written)
    if settings.paper.url is not None:
        fills = [path for path in written if path[:1] == ("fills",) and len(path) > 1]
        for path in (("paper", "equity"), ("paper", "feed"), *fills):
            if path in written:
                yield _at(written[path], f"{dotted(path)}: no effect: the running exchange decides")


def _timing_warnings(settings: Settings, written: Mapping[Path, Place]) -> Iterator[str]:
    every, deadline_s = settings.schedule.every_minutes, settings.schedule.deadline_s
    place = written.get(("schedule", "every_minutes"))
    for coin, market in settings.markets.items():
        bar_ms = STRATEGIES[market.strategy].frame_ms(market.params)
        if bar_ms % (every * MINUTE_MS):
            text = f"schedule.every_minutes: {every} does not divide the bar of markets.{coin}"
            yield _at(place, f"{text} ({bar_ms // MINUTE_MS} minutes): some signals will be missed")
    if deadline_s + _LEAVING_S > every * 60:
        text = f"schedule.deadline_s: a run of {deadline_s} s may meet the next one after {every} min"
        yield _at(written.get(("schedule", "deadline_s")), f"{text}; that one then leaves at once")


def never_entered(settings: Settings) -> Iterator[str]:
    """Entries that wait on the venue, where none may stand without a stop: none would ever be made."""
    attach = abilities_of(settings, parts_of(settings.venue).abilities).attach
    if settings.limits.naked_resting_notional_max > 0 or attach == "pro_rata":
        return
    for coin, market in settings.markets.items():
        if market.strategy == "hedge_grid" or getattr(market.params, "entry", "close") != "close":
            yield (
                f"limits.naked_resting_notional_max: at 0 no entry of markets.{coin} is made: its entries "
                f"wait on the venue, and {settings.venue} puts no stop behind a part that fills"
            )


def _resting_warnings(settings: Settings, written: Mapping[Path, Place]) -> Iterator[str]:
    place = written.get(("limits", "naked_resting_notional_max"))
    for text in never_entered(settings):
        yield _at(place, text)


def _at(place: Place | None, text: str) -> str:
    return f"{place}: {text}" if place else text
