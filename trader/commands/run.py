"""`trader run`: one tick."""

from dataclasses import replace

import click

from trader.commands.options import Call, account_options
from trader.commands.session import Session, under_lock
from trader.core.report import Exit
from trader.run import Ran, check_cover, run_once
from trader.wiring import withdrawal_problem

WAIT_S = 20.0


@click.command("run")
@click.option(
    "--coin",
    "coins",
    metavar="COIN",
    multiple=True,
    help="Enter only this coin (repeatable); all are verified.",
)
@click.option(
    "--live", is_flag=True, help="Needed as well where the file says mode: live: it risks real money."
)
@account_options
def command(call: Call, coins: tuple[str, ...], live: bool) -> int:
    """One tick: observe, decide, gate, act, verify, report.

    \b
    trader run --coin BTC
    trader run --quiet          # from cron
    trader run --live           # the file says mode: live as well
    """
    return under_lock(
        call,
        "run",
        _tick,
        wait_s=WAIT_S,
        give_way_to=("run",),
        only=coins,
        busy_code=Exit.OK,
        said_live=live,
    )


def _tick(session: Session) -> Ran:
    """A file with faults trades nothing, but what is open stays verified."""
    if session.loaded.faults:
        ran = check_cover(session.env, session.policy, repair=True)
        ran.notes.append("the configuration has faults: nothing was decided, every position was verified")
        return ran
    problem = withdrawal_problem(session.wired, session.env.venue)
    if problem is None:
        return run_once(session.env, session.policy)
    halted = session.env.halted
    ran = run_once(replace(session.env, halted=lambda: problem or halted()), session.policy)
    ran.codes.add(Exit.CONFIG)
    return ran
