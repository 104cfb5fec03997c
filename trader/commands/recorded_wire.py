"""The wire of a replay: the venue of the file, its adapter and its embedded exchange, before recorded bars.

Rules: nothing leaves this machine and no key is read: the account is a paper one.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from trader.commands.options import Call
from trader.core.abilities import Abilities
from trader.core.errors import ConfigError
from trader.policies import abilities_of, isolated_coins

if TYPE_CHECKING:
    from trader.backtest.replay.wired import Wire
    from trader.backtest.study import Study


def wire_of(call: Call, study: "Study", tell: Callable[[str], None]) -> "Wire":
    """Puts a line before the bars of a study; `tell` hears which orders its venue cannot say the same.

    Raise ConfigError for what the venue's wire cannot tell of.
    """
    from trader.parts import parts_of
    from trader.parts.recorded import Account, RecordedLine

    settings = call.load("all").settings
    abilities = abilities_of(settings, parts_of(settings.venue).abilities)
    two_sided = any(market.both_legs for market in study.policy.markets.values())
    if two_sided and not abilities.two_sided:
        raise ConfigError(f"--wire: {settings.venue} holds no two legs of a coin apart; leave --wire out")
    for said in _said_otherwise(abilities, settings.venue, two_sided=two_sided):
        tell(said)
    account = Account(Decimal(repr(study.equity)), two_sided, isolated_coins(settings), study.trigger)
    return lambda tapes: RecordedLine(settings.venue, abilities, tapes, account)


def _said_otherwise(abilities: Abilities, venue: str, *, two_sided: bool) -> Iterator[str]:
    """Orders that rest, in words that this venue's wire has not."""
    if abilities.resting_expiry_min_s is not None and not abilities.post_only_expires:
        yield (
            f"{venue}'s wire: an entry that rests ends by itself and is not post-only: where the open has "
            "passed it, it pays the taker's fee"
        )
    if two_sided and abilities.attach == "none":
        yield (
            f"{venue}'s wire: no stop is attached to a rung: one that fills may stand without it until the "
            "next tick, and a grid's trades can differ from those without the wire"
        )
