"""The options that every command takes, and the configuration that they lead to."""

import os
import sys
from collections.abc import Callable
from dataclasses import field, replace
from pathlib import Path
from typing import Any

import click

from trader import config
from trader.commands.named_path import NamedPath
from trader.config import Loaded, Need
from trader.core.frozen import frozen
from trader.redaction import Veil


@frozen
class Call:
    """How a command was called, apart from what is its own; `veil` hides secrets in what it prints."""

    config_path: Path | None
    overrides: tuple[str, ...]
    paper: bool
    as_json: bool
    quiet: bool
    veil: Veil = field(default_factory=Veil)

    def with_overrides(self, *after: str, before: tuple[str, ...] = ()) -> "Call":
        """The same call with further settings, each as one writes it after --set; later ones win."""
        return replace(self, overrides=(*before, *self.overrides, *after))

    def load(self, need: Need) -> Loaded:
        """The configuration. Without a file the embedded exchange needs a terminal or `--paper`."""
        found = config.find(self.config_path, os.environ)
        forced = ("mode=paper",) if self.paper else ()
        if found.path is None and not self.paper and not sys.stdout.isatty():
            raise config.without_file(found.tried)
        loaded = config.load(found.path, (*self.overrides, *forced), need=need)
        loaded = replace(loaded, veil=self.veil)
        loaded.hide_urls()
        return loaded


def account_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --config, --set, --paper, --json and --quiet, handed over as one `call`."""

    def wrapped(
        config_path: Path | None,
        overrides: tuple[str, ...],
        paper: bool,
        as_json: bool,
        quiet: bool,
        **rest: Any,
    ) -> Any:
        veil = click.get_current_context().find_object(Veil) or Veil()
        return command(call=Call(config_path, overrides, paper, as_json, quiet, veil), **rest)

    wrapped.__doc__ = command.__doc__
    wrapped.__click_params__ = list(getattr(command, "__click_params__", []))  # type: ignore[attr-defined]
    for option in reversed(_OPTIONS):
        option(wrapped)
    return wrapped


_OPTIONS = (
    click.option(
        "--config",
        "config_path",
        type=NamedPath(),
        help="The configuration file (or TRADER_CONFIG).",
    ),
    click.option(
        "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Override one setting once."
    ),
    click.option("--paper", is_flag=True, help="Use the embedded exchange, whatever the file says."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout."),
    click.option("--quiet", is_flag=True, help="Print nothing when all is well (for cron)."),
)
