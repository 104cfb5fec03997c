"""What the venue says of a key and its account, in one round; for a person, and never within a tick.

* Only an API wallet of this very account may sign: the account's own key can withdraw, and another account's
  wallet would trade there.
* Such a wallet cannot withdraw by what it is. What else it may move the venue tells nobody, and it binds no
  key to an address of the network.
* A wallet without a name is listed nowhere, so nobody can say when it ends.
"""

from collections.abc import Mapping

from trader.core.access import Access, Budget
from trader.core.errors import Broken, ConfigError
from trader.core.orders import Order, Unreadable
from trader.core.wire import Answer, Lost
from trader.venues.hyperliquid import parse_access, parse_account, parse_orders
from trader.venues.hyperliquid.parse_access import Role
from trader.venues.hyperliquid.pen import Pen
from trader.venues.hyperliquid.rounds import Rounds, read

_APPROVE = "create an API wallet at the venue, approve it for this account, and put its key in its place"


def access(rounds: Rounds, pen: Pen | None) -> Access:
    """Ask once about everything."""
    ask, account = rounds.ask, rounds.account
    signer = _signer(pen)
    asked = {
        "account": ask.role(account),
        "agents": ask.agents(),
        "abstraction": ask.abstraction(),
        "orders": ask.open_orders(),
        "limits": ask.action_limits(),
    }
    if isinstance(signer, str) and signer != account:
        asked["signer"] = ask.role(signer)
    answers = dict(zip(asked, rounds.exchange(list(asked.values())), strict=True))
    role = read(answers["account"], "userRole of the account", parse_access.role)
    key_problem = _key_problem(signer, answers, account)
    kept, kept_problem = _kept(answers["abstraction"])
    orders = read(answers["orders"], "frontendOpenOrders", parse_orders.open_orders)
    return Access(
        account_problem=role if isinstance(role, Unreadable) else _account_problem(role, account),
        key_problem=key_problem,
        key_expires_ms=_ends(signer, key_problem, answers["agents"]),
        can_trade=key_problem if isinstance(key_problem, Unreadable) else key_problem is None,
        can_withdraw=signer if isinstance(signer, Unreadable) else signer == account,
        kept=kept,
        kept_problem=kept_problem,
        conditional_orders=orders if isinstance(orders, Unreadable) else _conditional(orders),
        budgets=budgets(rounds, answers["limits"]),
    )


def budgets(rounds: Rounds, limits: Answer | Lost | None) -> tuple[Budget, ...] | Unreadable:
    """What the venue told of the account's limit, and what this process has used of its address's."""
    if limits is None:
        return (rounds.weighed.budget(),)
    told = read(limits, "userRateLimit", parse_access.actions_left)
    return told if isinstance(told, Unreadable) else (told, rounds.weighed.budget())


def _signer(pen: Pen | None) -> str | Unreadable | None:
    """The address that the key signs with."""
    if pen is None:
        return None
    try:
        return pen.address().lower()
    except (ConfigError, Broken) as error:
        return Unreadable("the key's address", str(error))


def _account_problem(role: Role, account: str) -> str | None:
    """Why no orders can be placed for this address in its own name."""
    match role.name:
        case "user":
            return None
        case "agent":
            return (
                f"{account} is an API wallet, which has no money of its own: put {role.owner}, the account "
                "that it signs for, in its place"
            )
        case "subAccount":
            return (
                f"{account} is a sub-account of {role.owner}, whose orders must be sent in another way than "
                "this program does: trade from the main account"
            )
        case "vault":
            return f"{account} is a vault, not an account: trade from an account"
        case _:
            return (
                f"the venue does not know {account}: correct the address, or deposit first; an address of "
                "the test network is unknown to the real one"
            )


def _key_problem(
    signer: str | Unreadable | None, answers: Mapping[str, Answer | Lost], account: str
) -> str | Unreadable | None:
    if signer is None:
        return "there is no key to sign with"
    if isinstance(signer, Unreadable):
        return signer
    if signer == account:
        return f"the key is the account's own, which can withdraw: {_APPROVE}"
    role = read(answers["signer"], "userRole of the key", parse_access.role)
    if isinstance(role, Unreadable) or (role.name, role.owner) == ("agent", account):
        return role if isinstance(role, Unreadable) else None
    if role.name == "agent":
        return f"the key signs for {role.owner}, not for {account}: {_APPROVE}"
    if role.name == "missing":
        return (
            f"no account has an API wallet {signer}: it has ended, was removed or never approved; {_APPROVE}"
        )
    return f"the key is that of another account ({signer}), not an API wallet's: {_APPROVE}"


def _ends(
    signer: str | Unreadable | None, key_problem: str | Unreadable | None, agents: Answer | Lost
) -> int | Unreadable | None:
    """When the key ends; None for never."""
    what = "when the key ends"
    if isinstance(signer, Unreadable) or signer is None or key_problem is not None:
        return Unreadable(what, "it is not known to be an API wallet of this account")
    ends = read(agents, "extraAgents", parse_access.agent_ends)
    if isinstance(ends, Unreadable):
        return ends
    if signer not in ends:
        return Unreadable(
            what,
            "the API wallet has no name, and the venue lists only those that have one; each ends after at "
            "most 180 days: approve one with a name",
        )
    return ends[signer]


def _kept(answer: Answer | Lost) -> tuple[str | Unreadable, str | None]:
    """The account's kind in the venue's words, and why that does not serve."""
    kind = read(answer, "userAbstraction", parse_account.abstraction)
    return (kind, None if isinstance(kind, Unreadable) else parse_account.abstraction_problem(kind))


def _conditional(orders: tuple[Order, ...]) -> int:
    return sum(order.trigger is not None for order in orders)
