"""What a right file comes to: every setting, its source, and the overrides of the command line."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.configurations import MINIMAL, another_value, resolved, write
from trader.config import Need, load
from trader.config.document import Path as SettingPath
from trader.config.document import dotted
from trader.config.resolve import values
from trader.config.stored import from_stored, to_record, to_stored
from trader.config.words import Spot, leaves, spot_of
from trader.core.errors import ConfigError, Malformed
from trader.settings import AdoptSettings, EntrySettings, MarketSettings, Settings, SizingSettings
from trader.strategies.registry import STRATEGIES

# What other settings need before they make sense; each is itself set by one of the cases.
GROUND: dict[SettingPath, Any] = {
    ("venue",): "okx",  # the one with several sites and prices to trigger on
    ("mode",): "paper",
    ("credentials", "file"): "/srv/key.env",
    ("live", "fingerprint"): "ffffffff",
    ("markets", "BTC", "strategy"): "breakout",
}
NEEDS: tuple[Need, ...] = ("all", "protection")
APART = {("paper", "url"), ("paper", "file")}
KEY_PLACES = [("credentials", name) for name in ("file", "systemd", "command", "environment")]
OF_ONE_VENUE = {("region",), ("abilities", "attach")}


def all_settings() -> dict[SettingPath, Spot]:
    """Every setting of a file that names one coin, and one to adopt."""
    found: dict[SettingPath, Spot] = {}
    for path in leaves(Settings):
        if path[:2] == ("markets", "<COIN>"):
            continue
        found[tuple("DOGE" if part == "<COIN>" else part for part in path)] = spot_of(Settings, path)
    for group in ("sizing", "entries"):
        for path in [p for p in found if p[0] == group]:
            found["markets", "BTC", *path] = found[path]
    naked = ("markets", "<COIN>", "naked_window")
    found["markets", "BTC", "naked_window"] = spot_of(Settings, naked)
    params = STRATEGIES["breakout"].params_type
    for path in leaves(params):
        found["markets", "BTC", "params", *path] = spot_of(params, path)
    return found


ALL = all_settings()
BARE = MarketSettings("breakout", STRATEGIES["breakout"].params_type(), SizingSettings(), EntrySettings())
DEFAULTS = dict(values(Settings(venue="hyperliquid", mode="paper", markets={"BTC": BARE})))


def default_of(path: SettingPath) -> Any:
    return DEFAULTS.get(path, AdoptSettings(stop=0.05).stop if path[0] == "adopt" else None)


def nested(flat: dict[SettingPath, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        group = tree
        for part in path[:-1]:
            group = group.setdefault(str(part), {})
        group[str(path[-1])] = value
    return tree


def other(path: SettingPath) -> Any:
    return another_value(ALL[path], default_of(path))


def test_the_cases_below_reach_every_setting() -> None:
    loaded = load(None, ["adopt.DOGE.stop=0.1"]).settings
    reachable = {p for p, _ in values(loaded) if p[0] != "markets" or p[1] == "BTC"}
    assert set(ALL) | {("markets", "BTC", "strategy")} == reachable


@pytest.mark.parametrize("path", ALL, ids=dotted)
def test_every_setting_can_be_set_once_from_the_command_line(tmp_path: Path, path: SettingPath) -> None:
    ground = {p: v for p, v in GROUND.items() if p != path and not {p, path} <= set(KEY_PLACES)}
    file = write(tmp_path, json.dumps(nested(ground)))
    value = other(path)
    written = json.dumps(value) if isinstance(value, list) or path[-1] == "fingerprint" else str(value)
    loaded = load(file, [f"{dotted(path)}={written}"])
    assert dict(values(loaded.settings))[path] == resolved(ALL[path], value)
    assert loaded.sources[dotted(path)] == "--set"


@settings(max_examples=60)
@given(chosen=st.sets(st.sampled_from(sorted(ALL, key=dotted))), data=st.data())
def test_any_part_of_the_settings_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, chosen: set[SettingPath], data: st.DataObject
) -> None:
    if chosen >= APART:
        chosen.remove(("paper", "file"))
    if ("venue",) in chosen:
        chosen -= OF_ONE_VENUE
    chosen -= set([place for place in KEY_PLACES if place in chosen][1:])
    flat = {**GROUND, **{path: other(path) for path in chosen}}
    if chosen & set(KEY_PLACES[1:]):
        del flat["credentials", "file"]
    order = data.draw(st.permutations(sorted(flat, key=dotted)))
    file = write(tmp_path_factory.mktemp("any"), json.dumps(nested({path: flat[path] for path in order})))
    loaded = load(file)
    found = dict(values(loaded.settings))
    for path, spot in ALL.items():
        if path in flat:
            assert found[path] == resolved(spot, flat[path])
            assert loaded.sources[dotted(path)] == f"{file} line 1"
        elif path[:2] == ("markets", "BTC") and path[2] in ("sizing", "entries"):
            assert found[path] == found[path[2:]]
        elif path[0] != "adopt":
            assert found[path] == DEFAULTS[path]
            assert loaded.sources[dotted(path)] == "default"
    assert from_stored(json.loads(json.dumps(to_stored(loaded.settings)))) == loaded.settings


def test_the_built_in_configuration_is_three_coins_on_paper() -> None:
    loaded = load(None)
    assert (loaded.settings.mode, loaded.settings.paper.equity) == ("paper", Decimal(1000))
    assert {coin: market.strategy for coin, market in loaded.settings.markets.items()} == {
        "BTC": "breakout",
        "ETH": "breakout",
        "SOL": "breakout",
    }
    assert (loaded.path, loaded.faults, loaded.warnings) == (None, (), ())


def test_a_coin_takes_the_common_sizing_with_its_own_over_it(tmp_path: Path) -> None:
    text = MINIMAL.replace("breakout}", "breakout, sizing: {leverage: 2}, entries: {drift_max: 0.01}}")
    file = write(tmp_path, text + "  ETH: {strategy: breakout}\nsizing: {position_ratio: 0.1, leverage: 5}\n")
    loaded = load(file)
    btc, eth = loaded.settings.markets["BTC"], loaded.settings.markets["ETH"]
    assert (btc.sizing.leverage, btc.sizing.position_ratio, btc.entries.drift_max) == (2, 0.1, 0.01)
    assert (eth.sizing.leverage, eth.sizing.position_ratio, eth.entries.drift_max) == (5, 0.1, 0.005)
    assert loaded.sources["markets.BTC.sizing.leverage"] == f"{file} line 4"
    assert loaded.sources["markets.BTC.sizing.position_ratio"] == f"{file} line 6"
    assert loaded.sources["markets.BTC.sizing.margin"] == "default"


@pytest.mark.parametrize(
    ("venue", "style", "entry"),
    [
        *(("hyperliquid", "reversion", entry) for entry in ("close", "resting", "confirm")),
        *(("hyperliquid", "breakout", entry) for entry in ("close", "confirm")),
        *((venue, "breakout", "resting") for venue in ("okx", "binance")),
    ],
)
def test_every_bollinger_entry_that_a_venue_can_carry(venue: str, style: str, entry: str) -> None:
    """One that it cannot carry stands among the wrong coins."""
    params = f"{{style: {style}, entry: {entry}}}"
    markets = f"markets={{BTC: {{strategy: bollinger, params: {params}}}}}"
    loaded = load(None, (f"venue={venue}", markets))
    assert loaded.faults == ()
    assert dict(values(loaded.settings))["markets", "BTC", "params", "entry"] == entry


def test_an_empty_group_is_one_that_was_left_out(tmp_path: Path) -> None:
    text = MINIMAL + "sizing:\nlimits:\nadopt:\nbacktest: {fees: }\n"
    assert load(write(tmp_path, text)).settings == load(write(tmp_path, MINIMAL)).settings


def test_amounts_keep_every_digit_that_was_written(tmp_path: Path) -> None:
    file = write(tmp_path, MINIMAL + "limits: {notional_max: 1234567.89, naked_resting_notional_max: 0.1}\n")
    limits = load(file).settings.limits
    assert (str(limits.notional_max), str(limits.naked_resting_notional_max)) == ("1234567.89", "0.1")


def test_the_tilde_is_the_home_of_passwd(tmp_path: Path, home: Path) -> None:
    file = write(tmp_path, MINIMAL + "lock_dir: ~/locks\njournal: {folder: '~'}\n")
    loaded = load(file).settings
    assert (loaded.lock_dir, loaded.journal.folder) == (f"{home}/locks", str(home))


def test_an_override_heals_what_it_replaces(tmp_path: Path) -> None:
    file = write(
        tmp_path, MINIMAL + "stops: {fallback: 5, trigger: no}\nsizing: {leverage: 3, leverage: 4}\n"
    )
    loaded = load(file, ["stops={fallback: 0.06}", "sizing.leverage=2"])
    assert (loaded.settings.stops.fallback, loaded.settings.sizing.leverage) == (0.06, 2)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("sizing.leverage", "--set 'sizing.leverage': expected path=value, for example sizing.leverage=2"),
        ("=3", "--set '=3': expected path=value, for example sizing.leverage=2"),
        (
            "sizing..leverage=3",
            "--set 'sizing..leverage=3': expected path=value, for example sizing.leverage=2",
        ),
        ("fill.gap=open", "--set: fill is not a setting; nearest: fills"),
        ("sizing.leverag=3", "--set: sizing.leverag is not a setting; nearest: sizing.leverage"),
        ("venue.name=x", "--set venue.name: venue is not a group of settings"),
        (
            "foreign=on",
            '--set: foreign: on is true to YAML 1.1 and text to YAML 1.2: write true, or "on" for the text',
        ),
        ("foreign=both", "--set: foreign: 'both' is not allowed: expected one of report, ignore"),
        ("foreign={", "--set foreign: the value cannot be read; put it in quotes"),
        (
            "heartbeat.run=https://hc.example/key",
            "--set: heartbeat.run: a command line can be read by others: write secret:NAME instead",
        ),
        (
            "notify.urls=[ntfy://topic]",
            "--set: notify.urls[0]: a command line can be read by others: write secret:NAME instead",
        ),
    ],
)
def test_a_wrong_override(override: str, said: str) -> None:
    for need in NEEDS:
        with pytest.raises(ConfigError) as caught:
            load(None, [override], need=need)
        assert str(caught.value) == said


WARNINGS = {
    "schedule: {every_minutes: 20}": "schedule.every_minutes: 20 does not divide the bar of markets.BTC"
    " (30 minutes): some signals will be missed",
    "schedule: {deadline_s: 240, every_minutes: 3}": "schedule.deadline_s: a run of 240 s may meet the next"
    " one after 3 min; that one then leaves at once",
    "paper: {feed: bundle, url: 'http://[::1]:8900'}": "paper.feed: no effect: the running exchange decides",
}


@pytest.mark.parametrize("line", WARNINGS)
def test_what_does_not_do_what_one_may_believe_is_said(tmp_path: Path, line: str) -> None:
    file = write(tmp_path, f"{MINIMAL}{line}\n")
    for _cached in (False, True):
        (found,) = load(file).warnings
        place, _, text = found.removeprefix(f"{file}:").partition(" ")
        assert (place.split(":")[0], text) == ("5", WARNINGS[line])


def test_a_record_holds_what_decides_and_no_secret(tmp_path: Path) -> None:
    file = write(
        tmp_path, MINIMAL + "heartbeat: {run: 'https://hc.example/x'}\nnotify: {urls: ['ntfy://x']}\n"
    )
    loaded = load(file).settings
    record = to_record(loaded)
    assert "hc.example" not in json.dumps(record)
    assert "ntfy" not in json.dumps(record)
    again = from_stored(record)
    assert (again.markets, again.sizing, again.stops) == (loaded.markets, loaded.sizing, loaded.stops)
    record["markets"]["BTC"]["strategy"] = "gone"
    with pytest.raises(Malformed, match="strategy 'gone' is not in this version"):
        from_stored(record)
    with pytest.raises(Malformed):
        from_stored({})
