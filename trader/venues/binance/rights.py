"""What a key may do, as the venue's wallet tells it.

A key for trading can neither withdraw nor move money: with one that can, or one of which that is not known,
nothing new is risked. The practice network has no wallet and no such answer.
"""

from trader.core.frozen import frozen
from trader.core.orders import Unreadable
from trader.venues import strict

_INSTEAD = "make one that may only read and trade futures, and delete this one"


@frozen
class Rights:
    """`apiRestrictions` of the key that asks."""

    can_trade: bool
    can_withdraw: bool
    can_move: bool
    is_ip_bound: bool

    @property
    def problem(self) -> str | None:
        """Why this key must not trade."""
        if self.can_withdraw:
            return f"the key may withdraw: {_INSTEAD}"
        if self.can_move:
            return f"the key may move money between accounts: {_INSTEAD}"
        return None


def rights(value: object) -> Rights:
    where = "apiRestrictions"
    row = strict.as_row(value, where)
    within = strict.flag(row, "enableInternalTransfer", where)
    anywhere = strict.flag(row, "permitsUniversalTransfer", where)
    return Rights(
        can_trade=strict.flag(row, "enableFutures", where),
        can_withdraw=strict.flag(row, "enableWithdrawals", where),
        can_move=within or anywhere,
        is_ip_bound=strict.flag(row, "ipRestrict", where),
    )


def problem_of(found: Rights | Unreadable) -> str | None:
    """The same of an answer that may have failed: not known is not allowed."""
    if isinstance(found, Unreadable):
        return f"whether the key may withdraw could not be read: {found.why}"
    return found.problem
