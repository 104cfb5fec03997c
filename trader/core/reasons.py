"""Why a fill that reduced a position happened, as far as the fill itself can say.

The venue's own flags come first, then the role in our id; a fill without our id says nothing, and whoever
tells of it infers or calls it manual. Reasons of the strategy and of the execution are totalled apart.
"""

from collections.abc import Mapping

from trader.core.identity import Identity, Role, decode
from trader.core.orders import Fill

LIQUIDATION = "liquidation"
ADL = "adl"
MANUAL = "manual"

_OF_ROLE: Mapping[Role, str] = {
    Role.STOP: "stop",
    Role.TARGET: "target",
    Role.TRAIL: "trail",
    Role.PROTECT: "protect",
    Role.CLOSE_TIME: "time",
    Role.CLOSE_EARLY: "early",
    Role.CLOSE_SIGNAL: "signal",
    Role.CLOSE_EMERGENCY: "emergency",
    Role.CLOSE_MANUAL: MANUAL,
    Role.FLATTEN: "flatten",
}
STRATEGY_REASONS = frozenset({"stop", "target", "trail", "time", "early", "signal"})
"""What the strategy meant; every other reason is how it was carried out."""


def identity_of(client_id: str | None, account: int) -> Identity | None:
    """All that the id of an order of this account says; None for one that is not ours."""
    identity = decode(client_id)
    return identity if isinstance(identity, Identity) and identity.account == account else None


def role_of(client_id: str | None, account: int) -> Role | None:
    """Why an order of this account exists; None for one that is not ours."""
    identity = identity_of(client_id, account)
    return None if identity is None else identity.role


def told_reason(fill: Fill, account: int) -> str | None:
    """The reason that the fill itself carries, or None when it has to be inferred."""
    if fill.is_liquidation:
        return LIQUIDATION
    if fill.is_deleverage:
        return ADL
    role = role_of(fill.client_id, account)
    return _OF_ROLE.get(role) if role is not None else None
