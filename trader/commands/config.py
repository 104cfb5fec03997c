"""`trader config check` and `trader config show`: is the file right, and what does it come to."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from trader import config, credentials
from trader.core.errors import ConfigError
from trader.core.report import Exit
from trader.settings import Settings

CHECKED = "trader.config.check/1"
SHOWN = "trader.config.show/1"

F = TypeVar("F", bound=Callable[..., Any])


@click.group("config")
def command() -> None:
    """Check or show the configuration."""


def _options(function: F) -> F:
    for option in (
        click.option("--quiet", is_flag=True, help="Print faults only."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        click.option("--paper", is_flag=True, help="Without a file, take the built-in configuration."),
        click.option(
            "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Set one value for this call."
        ),
        click.option("--config", "explicit", metavar="FILE", help="The configuration file."),
    ):
        function = option(function)
    return function


@command.command()
@_options
@click.pass_context
def check(
    context: click.Context,
    explicit: str | None,
    overrides: tuple[str, ...],
    paper: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Validate the file: each fault and each warning on a line with its place. Exit 0 or 78."""
    path = _path(explicit, paper=paper)
    faults: tuple[str, ...] = ()
    loaded = None
    try:
        loaded = config.load(path, overrides)
        _check_credentials(loaded.settings)
    except ConfigError as error:
        faults = tuple(str(error).splitlines())
    warnings = loaded.warnings if loaded else ()
    if as_json:
        said = {"schema": CHECKED, "path": _shown(path), "faults": faults, "warnings": warnings}
        click.echo(json.dumps(said, indent=2))
    else:
        for line in (*faults, *(() if quiet else warnings)):
            click.echo(line)
        if loaded and not faults and not quiet:
            click.echo(_summary(path, loaded.settings))
    context.exit(int(Exit.CONFIG if faults else Exit.OK))


@command.command()
@_options
def show(explicit: str | None, overrides: tuple[str, ...], paper: bool, as_json: bool, quiet: bool) -> None:
    """Print every resolved value and where it came from; secrets as scheme and host."""
    from trader.config.listing import listing

    path = _path(explicit, paper=paper)
    loaded = config.load(path, overrides)
    lines = listing(loaded.settings, dict(loaded.sources))
    if as_json:
        values = {line.path: {"value": line.value, "source": line.source} for line in lines}
        said = {"schema": SHOWN, "path": _shown(path), "settings": values, "warnings": loaded.warnings}
        click.echo(json.dumps(said, indent=2))
        return
    width = max(len(line.path) for line in lines)
    value_width = min(36, max(len(line.text) for line in lines))
    for line in lines:
        click.echo(f"{line.path:<{width}}  {line.text:<{value_width}}  {line.source}")
    if not quiet:
        for warning in loaded.warnings:
            click.echo(warning, err=True)


def _path(explicit: str | None, *, paper: bool) -> Path | None:
    allowed = paper or sys.stdout.isatty()
    return config.choose(explicit, os.environ, built_in_allowed=allowed)


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
