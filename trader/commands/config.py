"""`trader config check` and `trader config show`: is the file right, and what does it come to."""

import json
from pathlib import Path

import click

from trader import credentials
from trader.commands.options import Call, account_options
from trader.core.errors import ConfigError
from trader.core.report import Exit
from trader.settings import Settings

CHECKED = "trader.config.check/1"
SHOWN = "trader.config.show/1"
TEXT_WIDTH_MAX = 36  # a long list may push its source to the right


@click.group("config")
def command() -> None:
    """Check or show the configuration."""


@command.command("check")
@account_options
@click.pass_context
def check(context: click.Context, call: Call) -> None:
    """Validate the file: each fault and each warning on a line with its place. Exit 0 or 78."""
    faults: tuple[str, ...] = ()
    loaded = None
    try:
        loaded = call.load("all")
        _check_credentials(loaded.settings)
    except ConfigError as error:
        faults = tuple(str(error).splitlines())
    warnings = loaded.warnings if loaded else ()
    if call.as_json:
        said = {"schema": CHECKED, "faults": faults, "warnings": warnings}
        click.echo(json.dumps(said, indent=2))
    else:
        for line in (*faults, *(() if call.quiet else warnings)):
            click.echo(line)
        if loaded and not faults and not call.quiet:
            click.echo(_summary(loaded.path, loaded.settings))
    context.exit(int(Exit.CONFIG if faults else Exit.OK))


@command.command("show")
@account_options
def show(call: Call) -> None:
    """Print every resolved value and where it came from; secrets as scheme and host."""
    from trader.config.listing import listing

    loaded = call.load("all")
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
    if not call.quiet:
        for warning in loaded.warnings:
            click.echo(warning, err=True)


def _shown(path: Path | None) -> str:
    return "built-in" if path is None else str(path)


def _check_credentials(settings: Settings) -> None:
    """What a run would need of the credentials file, when it needs the file at all."""
    if settings.credentials.file is None:
        return
    file = Path(settings.credentials.file)
    if settings.mode != "paper":
        credentials.read(file, venue=settings.venue)
    if credentials.needs_secrets(settings):
        credentials.with_secrets(settings, credentials.read_values(file))


def _summary(path: Path | None, settings: Settings) -> str:
    coins = ", ".join(f"{coin} {market.strategy}" for coin, market in settings.markets.items())
    return f"{_shown(path)}: ok: {settings.mode}, {settings.venue}, account {settings.account}, {coins}"
