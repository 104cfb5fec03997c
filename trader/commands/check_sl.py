"""`trader check-sl`: is every stop live?"""

import click

from trader.commands.options import Call, account_options
from trader.commands.session import Session, under_lock
from trader.run import Ran, check_cover


@click.command("check-sl")
@click.option("--no-repair", is_flag=True, help="Only look; place and close nothing.")
@account_options
def command(call: Call, no_repair: bool) -> int:
    """Verify that every position of the account has a live stop; restore what is missing.

    Exit 0: all covered. 20: naked. 21: closed in an emergency. 23: could not be read. 25: a foreign position
    has no stop.
    """

    def check(session: Session) -> Ran:
        return check_cover(session.env, session.policy, repair=not no_repair)

    return under_lock(call, "check-sl", check)
