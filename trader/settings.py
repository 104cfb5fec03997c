"""The operator's decisions, resolved: one frozen value for everything that the configuration file can say.

Rules: each setting is declared here and nowhere else, with its default and bounds; the checker, the error
texts and `config show` are generated from these fields. Money is Decimal, fractions are floats (0.05 is
5 %), None is "not set". Standard library only: every run imports this, and few import the checker.

An inert setting is accepted so that a file can be written once; `config check` says that it has no effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from trader.core.declare import setting

EVENTS = ("open", "close", "hit", "stop_moved", "emergency", "naked", "unknown", "unreadable", "error")
VENUES = ("hyperliquid",)


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """What must agree with the venue's answer before money is touched."""

    fingerprint: str | None = setting(None, kind="fingerprint", example='"1a2b3c4d"')


@dataclass(frozen=True, slots=True)
class CredentialSettings:
    """Where the key stands; never the key itself."""

    file: str | None = setting(None, kind="path", example="~/.config/trader/main.env")


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """The embedded exchange: `url` is one that runs already, `file` the memory of our own."""

    equity: Decimal = setting(Decimal(1000), above=0, at_most=1e9, example="1000")
    feed: str = setting("bundle", choices=("bundle", "venue"))
    url: str | None = setting(None, kind="loopback", example="http://127.0.0.1:8900")
    file: str | None = setting(None, kind="path", example="~/.local/share/trader/paper.sqlite")


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """How often cron calls, and how long a run may take."""

    every_minutes: int = setting(30, at_least=1, at_most=1440, example="30")
    deadline_s: int = setting(90, at_least=20, at_most=240, example="90")


@dataclass(frozen=True, slots=True)
class SizingSettings:
    """How large an entry is."""

    position_ratio: float = setting(0.30, above=0, at_most=1, example="0.3")
    max_single_loss: float | None = setting(None, above=0, at_most=1e9, example="5")
    leverage: int = setting(3, at_least=1, at_most=100, example="3")
    margin: str = setting("cross", choices=("cross", "isolated"))


@dataclass(frozen=True, slots=True)
class StopSettings:
    """Where stops act; `fallback` is the distance for a position whose own level is not known."""

    trigger: str = setting("mark", choices=("mark",))
    liquidation_margin: float | None = setting(None, above=0, below=0.5, absent="auto", example="0.01")
    fallback: float = setting(0.05, above=0, below=1, example="0.05")


@dataclass(frozen=True, slots=True)
class EntrySettings:
    """What bounds an entry, and how exact a level must be."""

    slippage_max: float = setting(0.003, above=0, at_most=0.1, example="0.003")
    drift_max: float = setting(0.005, above=0, at_most=0.1, example="0.005")
    max_signal_age_s: int = setting(300, at_least=1, at_most=3600, example="300")
    level_tolerance: float = setting(0.002, at_least=0, at_most=0.1, example="0.002")
    exit_tolerance: float = setting(0.01, at_least=0, at_most=0.1, example="0.01")


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """Caps on new risk; nothing here stops a stop, a close or a cancel."""

    notional_max: Decimal | None = setting(None, above=0, example="500")
    coin_notional_max: Decimal | None = setting(None, above=0, example="500")
    gross_notional_max: Decimal | None = setting(None, above=0, example="1500")
    positions_max: int | None = setting(None, at_least=1, at_most=1000, example="3")
    daily_loss_max: Decimal | None = setting(None, above=0, is_inert=True, example="20")
    drawdown_fraction_max: float | None = setting(None, above=0, below=1, is_inert=True, example="0.2")
    clock_skew_max_s: int = setting(5, at_least=1, at_most=60, example="5")
    data_age_max_s: int = setting(60, at_least=5, at_most=600, example="60")


@dataclass(frozen=True, slots=True)
class FeeSettings:
    """Fee rates a backtest charges."""

    maker: float = setting(0.00015, at_least=-0.01, at_most=0.01, is_inert=True, example="0.00015")
    taker: float = setting(0.00045, at_least=0, at_most=0.01, is_inert=True, example="0.00045")


@dataclass(frozen=True, slots=True)
class BacktestSettings:
    """What a backtest starts from."""

    equity: Decimal = setting(Decimal(1000), above=0, at_most=1e9, is_inert=True, example="1000")
    fees: FeeSettings = field(default_factory=FeeSettings)


@dataclass(frozen=True, slots=True)
class FillSettings:
    """How kindly a simulated exchange fills."""

    preset: str = setting("base", choices=("kind", "base", "harsh"), is_inert=True)


@dataclass(frozen=True, slots=True)
class AdoptSettings:
    """A foreign position handed over, with the stop that it gets."""

    stop: float = setting(above=0, below=1, is_inert=True, example="0.05")


@dataclass(frozen=True, slots=True)
class UnreadableCoverSettings:
    """After how many runs in a row whose cover could not be read a position is closed."""

    flatten_after: int | None = setting(None, at_least=1, at_most=1000, is_inert=True, example="3")


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Whom to tell of what."""

    urls: tuple[str, ...] = setting((), kind="url", is_secret=True, example='["secret:NOTIFY_URL"]')
    events: tuple[str, ...] = setting(EVENTS, choices=EVENTS)


@dataclass(frozen=True, slots=True)
class HeartbeatSettings:
    """One monitoring URL a command; each is a secret, since whoever knows it can fake a sign of life."""

    run: str | None = setting(None, kind="web", is_secret=True, example="secret:HEARTBEAT_RUN")
    check_sl: str | None = setting(None, kind="web", is_secret=True, example="secret:HEARTBEAT_CHECK_SL")
    protect: str | None = setting(None, kind="web", is_secret=True, example="secret:HEARTBEAT_PROTECT")
    flatten: str | None = setting(None, kind="web", is_secret=True, example="secret:HEARTBEAT_FLATTEN")


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """A file for the node exporter."""

    textfile: str | None = setting(None, kind="path", example="/var/lib/node_exporter/trader.prom")


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """Where the record of each run goes and how much of it is kept; None is the usual folder."""

    folder: str | None = setting(None, kind="path", example="~/.local/state/trader/journal")
    days: int = setting(60, at_least=1, at_most=3650, example="60")
    megabytes: int = setting(200, at_least=1, at_most=100_000, example="200")


@dataclass(frozen=True, slots=True)
class MarketSettings:
    """One coin. `params` is the dataclass that its strategy declares; sizing and entries are complete."""

    strategy: str
    params: Any
    sizing: SizingSettings
    entries: EntrySettings


@dataclass(frozen=True, slots=True)
class Settings:
    """One file, one account."""

    venue: str = setting(choices=VENUES)
    mode: str = setting(choices=("paper", "testnet", "live"))
    account: str = setting("main", kind="label", example="main")
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
    foreign: str = setting("report", choices=("report", "ignore"))
    adopt: Mapping[str, AdoptSettings] = field(default_factory=dict)
    unreadable_cover: UnreadableCoverSettings = field(default_factory=UnreadableCoverSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    heartbeat: HeartbeatSettings = field(default_factory=HeartbeatSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    journal: JournalSettings = field(default_factory=JournalSettings)
    lock_dir: str | None = setting(None, kind="path", example="~/.local/state/trader/locks")
