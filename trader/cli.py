"""The command line: one file a command, loaded only when it is the one called.

This is the edge at which errors become exit codes, and the last resort for what nobody expected.
"""

import importlib
import sys
from collections.abc import Sequence

import click

from trader import __version__, guard
from trader.core.errors import Broken, ConfigError, Denied, Malformed, TraderError, Unavailable
from trader.core.report import Exit
from trader.core.text import printable
from trader.redaction import Veil

COMMANDS = {
    "run": "One tick: observe, decide, gate, act, verify, report.",
    "plan": "What a tick would do, as a diff; sends nothing.",
    "why": "The last closed bar of a coin: each condition, its numbers, and the one reason.",
    "check-sl": "Verify that every position has a live stop; repair what has none.",
    "protect": "Put a stop behind a position by hand.",
    "flatten": "Halt, close everything of ours, and prove it.",
    "status": "Account, positions and stops as the venue holds them now.",
    "trades": "Trades rebuilt from the venue's fills.",
    "report": "The account's trade log and running tally, as tables, a page or JSON.",
    "drift": "The account against the replay of its own window, cause by cause.",
    "doctor": "Is everything as it must be, from the file to the venue? Each fault with cause and fix.",
    "alert": "Try whether alerts arrive.",
    "halt": "Stop new entries until resume.",
    "resume": "Allow entries again.",
    "log": "Past ticks as people read them.",
    "replay": "Decide a recorded tick again and compare.",
    "optimize": "Many settings on the same recorded bars, ranked by the worst of their fill models.",
    "walkforward": "Would choosing settings by their past have paid on what came after?",
    "demo": "28 days of recorded prices through the whole pipeline, in seconds.",
    "backtest": "Recorded bars, traded as the file says, under three fill models at once.",
    "data": "Market data for backtests: fetch it from a venue, look through files.",
    "sim": "The embedded exchange as a server.",
    "probe": "Ask the venue what its documents leave open, in small experiments that end flat.",
    "selftest": "Simulated episodes of faults and kills, judged by the exchange's own books.",
    "init": "Write a commented configuration, and show the lines for cron.",
    "config": "Check or show the configuration.",
}

EXIT_OF = {
    ConfigError: Exit.CONFIG,
    Unavailable: Exit.UNAVAILABLE,
    Denied: Exit.DENIED,
    Malformed: Exit.MALFORMED,
    Broken: Exit.BROKEN,
}


_LINE_MAX = 2_000  # of an error: longer than any of ours, shorter than a flood


class LazyGroup(click.Group):
    """Knows every command's name and one-line help; imports a command's file when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"trader.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"no such command {args[0]!r}.{_nearest(args[0])}")
        return super().resolve_command(ctx, args)


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="trader")
def group() -> None:
    """Trade perpetual futures from cron, and prove the stops.

    \b
    trader demo          watch it trade four weeks in seconds
    trader run           one tick (on the embedded exchange when nothing is configured)
    trader plan          what a tick would do, and why
    trader check-sl      is every stop live?
    trader flatten       halt and close everything

    Exit codes: 0 all is well, 20 to 25 look now, 10 to 12 the next run looks again, 78 configuration;
    the README lists all.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code, whatever becomes of what it prints."""
    veil = Veil()
    guard.veil_output(veil.data)
    code = invoke(arguments, veil)
    lost = guard.lost_output()
    if lost is not None:
        click.echo(f"trader: what was printed could not be written: {lost}", err=True)
    sys.exit(code)


def invoke(arguments: Sequence[str] | None = None, veil: Veil | None = None) -> int:
    """The exit code of one command; every error a person can meet becomes one line."""
    try:
        code = group.main(args=arguments, prog_name="trader", standalone_mode=False, obj=veil or Veil())
    except click.ClickException as error:
        error.show()
        return int(Exit.USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("trader: stopped", err=True)
        return 130
    except TraderError as error:
        code_of = (code for kind, code in EXIT_OF.items() if isinstance(error, kind))
        return _told(f"trader: {error}", next(code_of, Exit.BROKEN))
    except Exception as error:
        return _last_resort(error)
    return int(code) if isinstance(code, int) else 0


def _told(text: str, code: Exit) -> int:
    """Each line as it may be shown: an error may quote a file, a path or a venue."""
    click.echo("\n".join(printable(line, length_max=_LINE_MAX) for line in text.split("\n")), err=True)
    return int(code)


def _last_resort(error: Exception) -> int:
    """Nobody expected this: name the place without printing values that may be secret."""
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f"{last[0].filename}:{last[0].lineno}" if last else "an unknown place"
    return _told(
        f"trader: a bug: {type(error).__name__} at {where}. Positions keep the stops that are live at the "
        "venue; run `trader check-sl` now and report this line.",
        Exit.BROKEN,
    )
