"""`trader flatten`: halt, close everything of ours, and prove it."""

import time
from collections.abc import Collection

import click

from trader import halt
from trader.closing import flatten as close_all
from trader.commands.options import Call, account_options
from trader.commands.session import Session, halted_why, under_lock
from trader.core.errors import ConfigError
from trader.core.report import Exit
from trader.run import Ran
from trader.wiring import wire


@click.command("flatten")
@click.option("--coin", "coins", metavar="COIN", multiple=True, help="Only this coin (repeatable).")
@click.option("--keep-trading", is_flag=True, help="Do not halt entries first.")
@account_options
def command(call: Call, coins: tuple[str, ...], keep_trading: bool) -> int:
    """Halt entries, close every position of ours reduce-only, keep stops until each reads zero.

    Ends non-zero when anything of ours is left.
    """
    return flatten(call, coins=coins, keep_trading=keep_trading)


def flatten(call: Call, *, coins: Collection[str], keep_trading: bool) -> int:
    """The halt comes before the lock, so that a tick that runs now enters nothing more."""
    problem: list[str] = []
    if not keep_trading:
        wired = wire(call.load("protection"))
        try:
            halt.write(wired.folders.halt, why="flatten", now_ms=time.time_ns() // 1_000_000)
        except ConfigError as error:
            problem.append(f"the next tick may enter again: {error}")

    def work(session: Session) -> Ran:
        ran = close_all(session.env, session.policy, coins)
        ran.problems += problem
        ran.codes |= {Exit.CONFIG} if problem else set()
        ran.halted = halted_why(session.wired)
        return ran

    return under_lock(call, "flatten", work)
