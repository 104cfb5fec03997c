"""What every command hides from the moment that it has read its file, and what it takes for a path."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.support import canaries
from tests.support.configurations import MINIMAL, write
from trader.cli import group
from trader.commands.options import Call
from trader.commands.telling import with_secrets_of
from trader.wiring import wire

URLS = {
    "notify": f"notify: {{urls: ['ntfy://{canaries.TOKEN}']}}\n",
    "heartbeat": f"heartbeat: {{run: 'https://hc.example/{canaries.TOKEN}'}}\n",
}


def call(path: Path, *overrides: str) -> Call:
    return Call(config_path=path, overrides=overrides, paper=False, as_json=False, quiet=False)


@pytest.mark.parametrize("setting", URLS)
def test_a_url_that_is_written_out_is_hidden(tmp_path: Path, setting: str) -> None:
    one = call(write(tmp_path, MINIMAL + URLS[setting], name="config.env"))
    one.load("all")
    canaries.refuse(one.veil.text(f"POST /{canaries.TOKEN} to {canaries.TOKEN}"), "what is shown")


def test_what_a_name_stands_for_is_hidden_once_it_is_looked_up(tmp_path: Path) -> None:
    key = write(tmp_path, f"BEAT=https://hc.example/{canaries.TOKEN}\n", name="key.env")
    text = MINIMAL + f"credentials: {{file: {key}}}\nheartbeat: {{run: 'secret:BEAT'}}\n"
    one = call(write(tmp_path, text))
    wired = wire(one.load("all"))
    assert with_secrets_of(wired).heartbeat.run == f"https://hc.example/{canaries.TOKEN}"
    canaries.refuse(one.veil.text(f"https://hc.example/{canaries.TOKEN}"), "what is shown")


@pytest.mark.parametrize("venue", canaries.KEYS)
def test_keys_are_hidden_once_they_are_read(tmp_path: Path, venue: str) -> None:
    account = "0x" + "ab" * 20 if venue == "hyperliquid" else "123456"
    lines = {"ACCOUNT": account, **canaries.KEYS[venue]}
    key = write(tmp_path, "".join(f"{venue.upper()}_{n}={v}\n" for n, v in lines.items()), name="key.env")
    text = MINIMAL.replace("hyperliquid", venue).replace("paper", "testnet")
    one = call(write(tmp_path, text + f"credentials: {{file: {key}}}\n"))
    wire(one.load("all"))
    for value in canaries.KEYS[venue].values():
        canaries.refuse(one.veil.text(f"{value} {value.encode().hex()} {value.upper()}"), "what is shown")
    assert account in one.veil.text(f"account {account}")


def test_two_calls_share_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + URLS["notify"], name="config.env")
    first, second = call(path), call(path)
    first.load("all")
    assert second.veil.text(canaries.TOKEN) == canaries.TOKEN


def options_of(command: click.Command, ctx: click.Context) -> Iterator[click.Parameter]:
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            one = command.get_command(ctx, name)
            assert one is not None
            yield from options_of(one, ctx)
    yield from command.params


def test_a_variable_that_a_script_did_not_set_names_no_file() -> None:
    ctx = click.Context(group)
    named = [option for option in options_of(group, ctx) if isinstance(option.type, click.Path)]
    assert len(named) > 20
    for option in named:
        with pytest.raises(click.BadParameter, match="it is empty"):
            option.type.convert("", option, ctx)
