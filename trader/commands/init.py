"""`trader init`: a commented configuration to start from, and the crontab lines that go with it."""

import hashlib
import json
import os
import re
import shlex
import sys
from pathlib import Path

import click

from trader import config
from trader.commands.named_path import NamedPath
from trader.config import forms
from trader.config.template import STRATEGY_NAMES, composed
from trader.core.errors import ConfigError
from trader.parts import NAMES

SCHEMA = "trader.init/1"
SPREAD_S = 20  # accounts start at different seconds, so that they do not meet at the venue's limits


@click.command("init")
@click.argument("path", required=False, type=NamedPath())
@click.option("--venue", default="hyperliquid", show_default=True, type=click.Choice(NAMES), help="Where.")
@click.option(
    "--strategy",
    default="breakout",
    show_default=True,
    type=click.Choice(STRATEGY_NAMES),
    help="Of the first coins.",
)
@click.option("--account", default="main", show_default=True, help="The account's label, for people.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="Print nothing but the file's path.")
def command(path: Path | None, venue: str, strategy: str, account: str, as_json: bool, quiet: bool) -> None:
    """Write a commented configuration to PATH (default: the one that is found without --config)."""
    target = (path or config.usual_path()).absolute()
    try:
        forms.label(account)
    except ValueError as error:
        raise ConfigError(f"--account {account!r}: {error}") from error
    template = composed(venue, strategy)
    _write_new(target, re.sub(r"^account: main$", f"account: {account}", template, flags=re.MULTILINE))
    lines = crontab_lines(target, account=account, every_minutes=30)
    if as_json:
        click.echo(json.dumps({"schema": SCHEMA, "path": str(target), "crontab": lines}, indent=2))
    elif quiet:
        click.echo(target)
    else:
        click.echo(_next_steps(target, lines))


def _write_new(path: Path, text: str) -> None:
    """Create the file for us alone; what is already there stays as it is."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        if path.exists() or path.is_symlink():
            raise ConfigError(f"{path}: is already there and was not changed; name another path") from error
        raise ConfigError(f"{path}: cannot be written: {error.strerror}; name another path") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def crontab_lines(path: Path, *, account: str, every_minutes: int) -> list[str]:
    """The lines for cron: absolute paths, UTC, and a wait of this account's own before each tick."""
    program = f"exec {shlex.quote(sys.executable)} -I {shlex.quote(str(_program()))}"
    config_flag = f"--config {shlex.quote(str(path))}"
    wait_s = own_second(account)
    minutes = ",".join(str(minute) for minute in range(0, 60, every_minutes))
    commands = (
        f"{minutes} * * * * sleep {wait_s}; {program} run --quiet {config_flag}",
        f"3-58/5 * * * * {program} check-sl --quiet {config_flag}",
        f"17 6 * * * {program} doctor --quiet {config_flag}",
    )
    # To cron, % ends the command.
    return ["CRON_TZ=UTC", *(line.replace("%", r"\%") for line in commands)]


def own_second(account: str) -> int:
    """The second at which this account's ticks start."""
    return int(hashlib.sha256(account.encode()).hexdigest(), 16) % SPREAD_S


def _program() -> Path:
    """The console script of this environment; cron has no PATH to find it on."""
    beside = Path(sys.executable).parent / "trader"
    return beside if beside.exists() else Path(sys.argv[0]).absolute()


def _next_steps(path: Path, lines: list[str]) -> str:
    flag = "" if path == config.usual_path() else f" --config {shlex.quote(str(path))}"
    return "\n".join(
        [
            f"wrote {path} (paper: the embedded exchange, no key)",
            "",
            "next:",
            f"  trader config check{flag}",
            f"  trader plan{flag}",
            f"  trader run{flag}",
            "",
            "then, in `crontab -e`:",
            *(f"  {line}" for line in lines),
        ]
    )
