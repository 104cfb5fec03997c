"""The operator's decisions, resolved: one frozen value for everything that the configuration file can say.

Rules: each setting is declared here and nowhere else, with its default and bounds; the checker, the error
texts and `config show` are generated from these fields. Money is Decimal, fractions are floats (0.05 is
5 %), None is "not set". Cheap to import: every run does, and few import the checker.
"""

from collections.abc import Mapping
from dataclasses import MISSING, field, fields
from decimal import Decimal
from typing import Any, Literal, get_args

from trader.core.frozen import frozen

Event = Literal[
    "open",
    "close",
    "hit",
    "stop_moved",
    "tripped",
    "emergency",
    "naked",
    "unknown",
    "unreadable",
    "unfamiliar",
    "error",
]
EVENTS: tuple[Event, ...] = get_args(Event)


def _setting(default: Any = MISSING, **declared: Any) -> Any:
    """A field with its bounds (gt, ge, lt, le) and what else its checker, texts and listing need to know.

    `kind` names a form of text (a path, a URL), `absent` the word for None in the file, `example` a value
    as one writes it; a `secret` is never shown.
    """
    is_shown = not declared.get("secret") and declared.get("kind") != "argument"
    return field(default=default, metadata=declared, repr=is_shown)


@frozen
class LiveSettings:
    """What must agree with the venue's answer before money is touched."""

    fingerprint: str | None = _setting(None, kind="fingerprint", example='"1a2b3c4d"')


@frozen
class CredentialSettings:
    """Where the key stands; never the key itself. One of them is given, or none where no key is needed."""

    file: str | None = _setting(None, kind="path", example="~/.config/trader/main.env")
    systemd: str | None = _setting(None, kind="name", example="trader")
    command: tuple[str, ...] = _setting((), kind="argument", example="[/usr/bin/pass, show, trader]")
    environment: bool = _setting(False, example="true")

    @property
    def given(self) -> tuple[str, ...]:
        """The names of the places that the file gives."""
        said = {
            "credentials.file": self.file is not None,
            "credentials.systemd": self.systemd is not None,
            "credentials.command": bool(self.command),
            "credentials.environment": self.environment,
        }
        return tuple(name for name, is_given in said.items() if is_given)


@frozen
class PaperSettings:
    """The embedded exchange: `url` is one that runs already, `file` the memory of our own."""

    equity: Decimal = _setting(Decimal(1000), gt=0, le=1e9, example="1000")
    feed: Literal["bundle", "venue"] = "bundle"
    url: str | None = _setting(None, kind="loopback", example="http://127.0.0.1:8900")
    file: str | None = _setting(None, kind="path", example="~/.local/share/trader/paper.sqlite")


@frozen
class ScheduleSettings:
    """How often cron calls, and how long a run may take."""

    every_minutes: int = _setting(30, ge=1, le=1440, example="30")
    deadline_s: int = _setting(90, ge=20, le=240, example="90")


@frozen
class SizingSettings:
    """How large an entry is."""

    position_ratio: float = _setting(0.30, gt=0, le=1, example="0.3")
    max_single_loss: float | None = _setting(None, ge=1, le=1e9, example="5")
    leverage: int = _setting(3, ge=1, le=100, example="3")
    margin: Literal["cross", "isolated"] = "cross"


@frozen
class StopSettings:
    """Where stops act; `fallback` is the distance for a position whose own level is not known."""

    trigger: Literal["mark", "last"] = "mark"
    liquidation_margin: float | None = _setting(None, gt=0, lt=0.5, absent="auto", example="0.01")
    fallback: float = _setting(0.05, gt=0, lt=1, example="0.05")


@frozen
class EntrySettings:
    """What bounds an entry, and how exact a level must be."""

    slippage_max: float = _setting(0.003, gt=0, le=0.1, example="0.003")
    drift_max: float = _setting(0.005, gt=0, le=0.1, example="0.005")
    max_signal_age_s: int = _setting(300, ge=1, le=3600, example="300")
    level_tolerance: float = _setting(0.002, ge=0, le=0.1, example="0.002")
    exit_tolerance: float = _setting(0.01, ge=0, le=0.1, example="0.01")
    resting_life_s: int = _setting(14_400, ge=600, le=604_800, example="14400")


@frozen
class LimitSettings:
    """Caps on new risk; nothing here stops a stop, a close or a cancel."""

    notional_max: Decimal | None = _setting(None, ge=1, example="500")
    coin_notional_max: Decimal | None = _setting(None, ge=1, example="500")
    gross_notional_max: Decimal | None = _setting(None, ge=1, example="1500")
    positions_max: int | None = _setting(None, ge=1, le=1000, example="3")
    side_notional_max: Decimal | None = _setting(None, ge=1, example="1000")
    net_notional_max: Decimal | None = _setting(None, ge=1, example="1000")
    leverage_used_max: float | None = _setting(None, gt=0, le=100, example="2.5")
    trade_loss_max: Decimal | None = _setting(None, ge=1, example="50")
    naked_resting_notional_max: Decimal = _setting(Decimal(0), ge=0, example="0")
    resting_per_side_max: int | None = _setting(None, ge=1, le=1000, example="12")
    orders_per_run_max: int | None = _setting(100, ge=1, le=1000, example="100")
    orders_per_minute_max: int | None = _setting(200, ge=1, le=2000, example="200")
    daily_loss_max: Decimal | None = _setting(None, ge=1, example="50")
    drawdown_fraction_max: float | None = _setting(None, gt=0, lt=1, example="0.2")
    drawdown_days: int = _setting(30, ge=2, le=90, example="30")
    losing_streak_max: int | None = _setting(None, ge=1, le=1000, example="6")
    emergency_closes_max: int = _setting(1, ge=1, le=100, example="1")
    dead_stops_max: int = _setting(3, ge=1, le=100, example="3")
    failed_writes_max: int = _setting(3, ge=1, le=100, example="3")
    loss_at_stops_max: Decimal | None = _setting(None, ge=1, example="150")
    risk_volatility_max: float | None = _setting(None, gt=0, lt=1, example="0.1")
    strategy_loss_at_stops_max: Decimal | None = _setting(None, ge=1, example="100")
    strategy_risk_volatility_max: float | None = _setting(None, gt=0, lt=1, example="0.05")
    funding_day_max: float | None = _setting(None, gt=0, lt=1, example="0.003")
    market_deviation_max: float | None = _setting(0.05, gt=0, lt=1, example="0.05")
    limit_deviation_max: float | None = _setting(0.5, gt=0, lt=1, example="0.5")
    clock_skew_max_s: int = _setting(5, ge=1, le=60, example="5")
    data_age_max_s: int = _setting(60, ge=5, le=600, example="60")


LOSS_LIMITS = ("daily_loss_max", "loss_at_stops_max", "strategy_loss_at_stops_max", "trade_loss_max")
"""Those that an account cannot reach when they are not below its equity."""


@frozen
class FeeSettings:
    """Fee rates that a backtest and a rehearsal charge; None is the venue's own."""

    maker: float | None = _setting(None, ge=-0.01, le=0.01, example="0.00015")
    taker: float | None = _setting(None, ge=0, le=0.01, example="0.00045")


@frozen
class BacktestSettings:
    """What recorded prices (`trader backtest`, `trader demo`) are traded with."""

    equity: Decimal = _setting(Decimal(1000), gt=0, le=1e9, example="1000")
    fees: FeeSettings = field(default_factory=FeeSettings)


@frozen
class FillSettings:
    """How kindly recorded bars and the embedded exchange fill; None is as the preset has it."""

    preset: Literal["kind", "base", "harsh"] = _setting("base")
    gap: Literal["level", "open"] | None = _setting(None, absent="preset")
    target_gap: Literal["open", "level"] | None = _setting(None, absent="preset")
    ambiguous: Literal["target", "stop", "finer"] | None = _setting(None, absent="preset")
    slippage_bps: float | None = _setting(None, ge=0, le=1000, absent="preset", example="2")
    spread_bps: float | None = _setting(None, ge=0, le=1000, absent="preset", example="1")
    delay_bars: int | None = _setting(None, ge=0, le=100, absent="preset", example="1")
    limit_fill: Literal["touch", "through"] | None = _setting(None, absent="preset")
    funding: Literal["none", "actual", "adverse"] | None = _setting(None, absent="preset")
    impact: float | None = _setting(None, ge=0, le=0.5, absent="preset", example="0.1")
    liquidation: bool | None = _setting(None, absent="preset", example="false")
    trigger: Literal["last", "mark"] | None = _setting(None, absent="preset")

    @property
    def given(self) -> Mapping[str, Any]:
        """What the file says over the preset."""
        named = {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name != "preset"}
        return {name: value for name, value in named.items() if value is not None}


@frozen
class AdoptSettings:
    """A foreign position handed over, with the stop that it gets as a fraction of its entry price."""

    stop: float = _setting(gt=0, lt=1, example="0.05")


@frozen
class UnreadableCoverSettings:
    """After how many readings in a row of one run that did not show its cover a position is closed."""

    flatten_after: int | None = _setting(None, ge=2, le=20, example="5")


@frozen
class AbilitySettings:
    """What the operator has tried on the venue's practice network, where its documents are not sure."""

    attach: Literal["whole", "pro_rata"] | None = _setting(None, example="pro_rata")
    stop_first: Literal["accepted", "refused"] | None = _setting(None, example="accepted")


@frozen
class NotifySettings:
    """Whom to tell of what."""

    urls: tuple[str, ...] = _setting((), kind="url", secret=True, example='["secret:NOTIFY_URL"]')
    events: tuple[Event, ...] = EVENTS


@frozen
class HeartbeatSettings:
    """One monitoring URL a command; each is a secret, since whoever knows it can fake a sign of life."""

    run: str | None = _setting(None, kind="web", secret=True, example="secret:HEARTBEAT_RUN")
    check_sl: str | None = _setting(None, kind="web", secret=True, example="secret:HEARTBEAT_CHECK_SL")
    protect: str | None = _setting(None, kind="web", secret=True, example="secret:HEARTBEAT_PROTECT")
    flatten: str | None = _setting(None, kind="web", secret=True, example="secret:HEARTBEAT_FLATTEN")

    @property
    def given(self) -> Mapping[str, str]:
        """The URLs that are set, by the command that they watch."""
        named = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {name: url for name, url in named.items() if url is not None}


@frozen
class MetricsSettings:
    """A file for the node exporter."""

    textfile: str | None = _setting(None, kind="path", example="/var/lib/node_exporter/trader.prom")


@frozen
class JournalSettings:
    """Where the record of each run goes and how much of it is kept; None is the usual folder."""

    folder: str | None = _setting(None, kind="path", example="~/.local/state/trader/journal")
    days: int = _setting(60, ge=1, le=3650, example="60")
    megabytes: int = _setting(200, ge=1, le=100_000, example="200")


@frozen
class MarketSettings:
    """One coin. `params` is the dataclass that its strategy declares; sizing and entries are complete."""

    strategy: str
    params: Any
    sizing: SizingSettings
    entries: EntrySettings
    naked_window: Literal["refuse", "accept"] = "refuse"


@frozen
class Settings:
    """One file, one account."""

    venue: Literal["hyperliquid", "okx", "binance"]
    mode: Literal["paper", "testnet", "live"]
    account: str = _setting("main", kind="label", example="main")
    region: Literal["global", "eea", "us"] = "global"
    abilities: AbilitySettings = field(default_factory=AbilitySettings)
    live: LiveSettings = field(default_factory=LiveSettings)
    credentials: CredentialSettings = field(default_factory=CredentialSettings)
    paper: PaperSettings = field(default_factory=PaperSettings)
    schedule: ScheduleSettings = field(default_factory=ScheduleSettings)
    markets: Mapping[str, MarketSettings] = field(default_factory=dict)
    sizing: SizingSettings = field(default_factory=SizingSettings)
    stops: StopSettings = field(default_factory=StopSettings)
    entries: EntrySettings = field(default_factory=EntrySettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    backtest: BacktestSettings = field(default_factory=BacktestSettings)
    fills: FillSettings = field(default_factory=FillSettings)
    foreign: Literal["report", "ignore"] = "report"
    adopt: Mapping[str, AdoptSettings] = field(default_factory=dict)
    unreadable_cover: UnreadableCoverSettings = field(default_factory=UnreadableCoverSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    heartbeat: HeartbeatSettings = field(default_factory=HeartbeatSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    journal: JournalSettings = field(default_factory=JournalSettings)
    accounts_on_this_ip: int = _setting(1, ge=1, le=100, example="1")
    lock_dir: str | None = _setting(None, kind="path", example="~/.local/state/trader/locks")
