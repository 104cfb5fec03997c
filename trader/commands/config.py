"""`trader config check` and `trader config show`: is the file right, and what does it come to.

A coin may not leave the file while a position of ours is open in it: its stop would be kept, but nobody would
decide when to leave. So the check asks the venue; a venue that does not answer is a warning, because the file
may still be right.
"""

import json
from collections.abc import Collection
from pathlib import Path

import click

from trader import credentials
from trader.commands.options import Call, account_options
from trader.config import Loaded
from trader.config.rules import tolls_of
from trader.core.errors import ConfigError, Denied, Malformed, Unavailable
from trader.core.ownership import Owned, share
from trader.core.policy import Policy
from trader.core.report import Exit
from trader.core.snapshot import Holdings
from trader.core.text import number
from trader.settings import Settings

CHECKED = "trader.config.check/1"
SHOWN = "trader.config.show/1"
TEXT_WIDTH_MAX = 36  # a long list may push its source to the right
LOOK_S = 15.0  # for the one look at the account; a person waits for it


@click.group("config")
def command() -> None:
    """Check or show the configuration."""


@command.command("check", short_help="Is the file right? Each fault on a line with its place.")
@account_options
@click.pass_context
def check(context: click.Context, call: Call) -> None:
    """Validate the file: each fault and each warning on a line with its place. Exit 0 or 78.

    Asks the venue once, because a coin must stay in the file while a position of ours is open in it.
    """
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    loaded = None
    try:
        loaded = call.load("all")
        warnings = loaded.warnings
        _check_credentials(loaded)
        faults = _left_open(loaded)
    except ConfigError as error:
        faults = tuple(str(error).splitlines())
    except (Unavailable, Denied, Malformed) as error:
        warnings = (*warnings, f"open positions were not compared with the file: {error}")
    if call.as_json:
        said = {"schema": CHECKED, "faults": faults, "warnings": warnings}
        click.echo(json.dumps(said, indent=2))
    else:
        for line in (*faults, *(() if call.quiet else warnings)):
            click.echo(line)
        if loaded and not faults and not call.quiet:
            click.echo(_summary(loaded.path, loaded.settings))
    context.exit(int(Exit.CONFIG if faults else Exit.OK))


@command.command("show", short_help="Every resolved value, and where it came from.")
@account_options
def show(call: Call) -> None:
    """Print every resolved value and where it came from; secrets as scheme and host."""
    from trader.config.listing import listing

    loaded = call.load("all")
    if call.quiet:
        return
    lines = listing(loaded.settings, loaded.sources)
    if call.as_json:
        values = {line.path: {"value": line.value, "source": line.source} for line in lines}
        said = {"schema": SHOWN, "path": _shown(loaded.path), "settings": values, "warnings": loaded.warnings}
        click.echo(json.dumps(said, indent=2))
        return
    width = max(len(line.path) for line in lines)
    text_width = min(TEXT_WIDTH_MAX, max(len(line.text) for line in lines))
    for line in lines:
        click.echo(f"{line.path:<{width}}  {line.text:<{text_width}}  {line.source}")
    for warning in loaded.warnings:
        click.echo(warning, err=True)


def _shown(path: Path | None) -> str:
    return "built-in" if path is None else str(path)


def _check_credentials(loaded: Loaded) -> None:
    """What a run would need of the credentials, when it needs them at all."""
    settings = loaded.settings
    if settings.mode == "paper" and not credentials.needs_secrets(settings):
        return
    what, values = credentials.read_hidden(settings, loaded.veil)
    if settings.mode != "paper":
        credentials.credentials_in(values, venue=settings.venue, what=what)
    credentials.with_secrets(settings, values)


def _left_open(loaded: Loaded) -> tuple[str, ...]:
    """What the account holds against what the file names; asks the venue."""
    from trader.clock import Deadline, SystemClock
    from trader.core.ports import FILLS_BACK_MS
    from trader.recall import recalled
    from trader.wiring import connect, policy_for, wire

    wired = wire(loaded)
    if wired.is_untouched:
        return ()
    clock = SystemClock()
    connection = connect(wired, clock, Deadline.after(clock, soft_s=LOOK_S, reserve_s=0).timeout)
    try:
        held = recalled(connection.venue, connection.venue.inspect(FILLS_BACK_MS))
    finally:
        connection.close()
    return left_open(held, policy_for(wired), loaded.settings.markets)


def left_open(held: Holdings, policy: Policy, named: Collection[str]) -> tuple[str, ...]:
    """A fault for each coin that the file does not name and in which a position of ours is open."""
    missing = [p.slot for p in held.positions if p.coin not in named]
    shares = [(slot, share(held, slot, policy)) for slot in missing]
    return tuple(
        f"markets: {slot.coin} is not named, and a position of ours is open in it ({number(found.ours)}); "
        f"name it until it is closed, or run: trader flatten --coin {slot.coin}"
        for slot, found in shares
        if isinstance(found, Owned) and found.ours != 0
    )


def _summary(path: Path | None, settings: Settings) -> str:
    coins = ", ".join(f"{coin} {market.strategy}" for coin, market in settings.markets.items())
    whose = f"{settings.mode}, {settings.venue}, account {settings.account}"
    return f"{_shown(path)}: ok: {whose}, {coins}\n{asked_of(settings)}"


def asked_of(settings: Settings) -> str:
    """What a quiet tick takes of the venue's limit on requests."""
    toll = next(iter(tolls_of(settings)), None)
    if toll is None:
        return "a tick asks nothing that the venue limits"
    window = "a minute" if toll.per_s == 60 else f"in {toll.per_s} s"
    accounts = settings.accounts_on_this_ip
    shared = "" if accounts == 1 else f" for each of {accounts} accounts"
    return (
        f"a tick asks about {toll.asked} of {toll.limit} {toll.what} {window}; "
        f"{toll.planned_max(accounts)} may be planned{shared}"
    )
