"""What the venue says of addresses, of API wallets, of its limits and of itself.

A word for a role that is not known here makes the answer malformed: it may be one that cannot trade.
"""

from collections.abc import Mapping

from trader.core.access import Budget
from trader.core.frozen import frozen
from trader.venues import strict

_ROLES = ("user", "agent", "subAccount", "vault", "missing")
_OWNERS: Mapping[str, str] = {"agent": "user", "subAccount": "master"}


@frozen
class Role:
    """What an address is; `owner` is the account behind an API wallet or a sub-account."""

    name: str
    owner: str | None = None


def role(value: object) -> Role:
    row = strict.as_row(value, "userRole")
    name = strict.choice(row, "role", "userRole", _ROLES)
    key = _OWNERS.get(name)
    if key is None:
        return Role(name)
    return Role(name, strict.text(strict.child(row, "data", "userRole"), key, "userRole.data").lower())


def agent_ends(value: object) -> Mapping[str, int | None]:
    """When each API wallet with a name ends, by its address; None for never."""
    found: dict[str, int | None] = {}
    for row, where in strict.rows(value, "extraAgents"):
        address = strict.text(row, "address", where).lower()
        never = strict.field(row, "validUntil", where) is None
        found[address] = None if never else strict.moment(row, "validUntil", where)
    return found


def actions_left(value: object) -> Budget:
    """The account's own limit on what it sends: it grows by trading and never empties by itself."""
    where = "userRateLimit"
    row = strict.as_row(value, where)
    used, cap = strict.whole(row, "nRequestsUsed", where), strict.whole(row, "nRequestsCap", where)
    return Budget("actions of the account", used, cap)


def venue_problem(value: object) -> str | None:
    """Why the venue takes no new risk now; whatever it says there of itself is out of the ordinary."""
    row = strict.as_row(value, "exchangeStatus")
    strict.moment(row, "time", "exchangeStatus")
    special = strict.field(row, "specialStatuses", "exchangeStatus")
    if special is None:
        return None
    return (
        f"the venue says that it is in a special state: {strict.shown(special)}; new risk waits until it no "
        "longer says so"
    )
