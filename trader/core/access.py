"""What the venue says of a key, the account behind it and what is left of its limits.

A part is None where the venue has no such thing or no place to ask for it, and Unreadable where asking
failed: "could not check" is never taken for "all is well".
"""

from trader.core.frozen import frozen
from trader.core.orders import Unreadable


@frozen
class Budget:
    """One limit of the venue on what may be asked or sent: how much of it is used up.

    `per_s` is the length of its window; None where it never empties by itself.
    """

    what: str
    used: int
    limit: int
    per_s: int | None = None

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)

    def spares(self, more: int) -> bool:
        """Whether a quarter, which is for protection alone, is left when so much more is used."""
        return 4 * (self.used + more) <= 3 * self.limit


@frozen
class Toll:
    """What one reading takes of a limit of the venue, which is `limit` in `per_s`.

    `is_shared`: all accounts behind one address have it together.
    """

    what: str
    asked: int
    limit: int
    per_s: int
    is_shared: bool = True

    def planned_max(self, accounts: int) -> int:
        """Half of the limit is for what is planned, and all accounts on the address have an equal part."""
        return self.limit // 2 // (accounts if self.is_shared else 1)

    def fits(self, accounts: int) -> bool:
        return self.asked <= self.planned_max(accounts)


@frozen
class Access:
    """One key and its account.

    account_problem: why the id in the file is not an account that can be traded. key_problem: why the key may
    not sign for it. key_expires_ms: when it ends, None for never. can_move: it can transfer money without
    withdrawing it. is_ip_bound: it works from listed addresses alone. kept: how positions and margin are
    kept, in the venue's words; kept_problem: why that does not serve. conditional_orders: how many live, read
    from each place where the venue keeps them. budgets: what is left of the venue's limits.
    """

    account_problem: str | Unreadable | None = None
    key_problem: str | Unreadable | None = None
    key_expires_ms: int | Unreadable | None = None
    can_trade: bool | Unreadable | None = None
    can_withdraw: bool | Unreadable | None = None
    can_move: bool | Unreadable | None = None
    is_ip_bound: bool | Unreadable | None = None
    kept: str | Unreadable | None = None
    kept_problem: str | None = None
    conditional_orders: int | Unreadable | None = None
    budgets: tuple[Budget, ...] | Unreadable = ()
