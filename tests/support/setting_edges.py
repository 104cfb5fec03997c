"""What the edge of the program makes of a file: whose account, which hosts, which files, who is told."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from tests.support.builders import TAG, a_fill, a_stop
from tests.support.clocks import ManualClock
from tests.support.configurations import write
from tests.support.reports import a_report
from trader import config
from trader.commands.telling import outlets_of
from trader.commands.trades import tolerance_of
from trader.core.errors import TraderError
from trader.core.orders import Found, Status
from trader.core.ports import Scope
from trader.parts.owners import require_owner
from trader.report.levels import inferring
from trader.settings import Settings
from trader.wiring import Wired, connect, policy_for, wire

FILE = "venue: hyperliquid\nmode: paper\nmarkets: {BTC: {strategy: breakout}}\n"
KEYS = "HYPERLIQUID_ACCOUNT=0x{}\nHYPERLIQUID_AGENT_KEY=0x{}\nHOOK=json://127.0.0.1:9/hook\nBEAT=https://beat.example/1\n"
COMMANDS = ("run", "check-sl", "protect", "flatten")
NOW_MS = 1_785_600_000_000


def prepared(folder: Path) -> Path:
    """The files that a row may name."""
    for name, digit in (("a.env", "a"), ("b.env", "b")):
        write(folder, KEYS.format(digit * 40, digit * 64), name=name)
    return write(folder, FILE)


def settings_of(file: Path, overrides: Sequence[str]) -> Settings:
    return config.load(file, _named(file, overrides)).settings


def _named(file: Path, overrides: Sequence[str]) -> tuple[str, ...]:
    return tuple(text.replace("{here}", str(file.parent)) for text in overrides)


def _wired(file: Path, overrides: Sequence[str]) -> Wired:
    return wire(config.load(file, _named(file, overrides)))


def whose(file: Path, overrides: Sequence[str]) -> str:
    """The account, and where its files and its lock are; or why there is none."""
    try:
        wired = _wired(file, overrides)
    except TraderError as error:
        return str(error)
    return str((wired.account, wired.folders))


def asked(file: Path, overrides: Sequence[str]) -> str:
    """Which hosts are asked, and what the account is said to hold."""
    clock = ManualClock(wall_ms=NOW_MS)
    wired = _wired(file, overrides)
    wired.folders.paper_file.unlink(missing_ok=True)
    connection = connect(wired, clock, lambda seconds: seconds)
    try:
        said = str(connection.venue.observe(Scope()).holdings.account.equity)
    except TraderError as error:
        said = str(error)
    finally:
        connection.close()
    return f"{said} {sorted({e.request.url for e in connection.last()})} {wired.folders.paper_file.exists()}"


def allowed(file: Path, overrides: Sequence[str]) -> str:
    """How much of the venue's limit on requests the program takes to be its own."""
    connection = connect(_wired(file, overrides), ManualClock(wall_ms=NOW_MS), lambda seconds: seconds)
    try:
        return str(connection.venue.budgets())
    finally:
        connection.close()


def told_to(file: Path, overrides: Sequence[str]) -> str:
    """Who hears of a run of each command, and where it is recorded."""
    wired = _wired(file, overrides)
    policy = policy_for(wired)
    outlets = [o for c in COMMANDS for o in outlets_of(wired, a_report(command=c), policy, None)]
    return str([(o.name, vars_of(o.tell)) for o in outlets])


def vars_of(tell: object) -> str:
    """The sink behind an outlet, with the values that it was made with; functions are not shown."""
    sink = getattr(tell, "__self__", None)
    names = getattr(sink, "__dataclass_fields__", {})
    values = {name: getattr(sink, name) for name in names}
    return str({name: str(value) for name, value in values.items() if not callable(value)})


def guessed(file: Path, overrides: Sequence[str]) -> str:
    """The reason of an exit by hand that came near a stop of ours."""
    settings = settings_of(file, overrides)
    stop = a_stop(96_000, placed_ms=0)
    near = inferring([Found(stop, Status.CANCELLED, 0)], TAG, lambda coin: tolerance_of(settings, coin))
    return str(near(a_fill("-0.01", "0.01", price=Decimal(96_500), client_id=None)))


def owned(file: Path, overrides: Sequence[str]) -> str:
    """Whether the venue's answer is the account that the file is meant for."""
    wanted = settings_of(file, overrides).live.fingerprint
    account = "0x" + "a" * 40
    try:
        require_owner(account, venue="hyperliquid", network="live", account_id=account, wanted=wanted)
    except TraderError as error:
        return str(error)
    return "ours"
