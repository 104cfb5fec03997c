"""What only an account's own key may sign: agents, builder fees, and money leaving the exchange.

Rules: an agent that signs one of these acts for its own, empty account and is told to deposit. The
nonce inside the action must be the one outside. Money does not leave an embedded exchange.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trader.sim.hyperliquid.parsing import Refused, Unparsable, address_of, member
from trader.sim.hyperliquid.venue import Venue

_NONCE_FIELDS = {"usdSend": "time", "withdraw3": "time"}


def approve(venue: Venue, signer: str, action: Mapping[str, Any], *, nonce: int) -> dict[str, Any]:
    """Perform one user-signed action for the account that signed it."""
    kind = str(action["type"])
    if member(action, _NONCE_FIELDS.get(kind, "nonce"), int) != nonce:
        raise Refused("Invalid nonce: the nonce of the action differs from the nonce of the request")
    if not venue.is_account(signer):
        raise Refused(f"Must deposit before performing actions. User: {signer}")
    if kind == "approveAgent":
        agent, name = address_of(action, "agentAddress"), str(action.get("agentName") or "")
        words = venue.accounts.approve(agent, master=signer, name=name, at_ms=venue.now_ms)
        if words is not None:
            raise Refused(words)
    elif kind == "approveBuilderFee":
        fee = _tenths_of_bp(member(action, "maxFeeRate", str))
        venue.accounts.approve_builder(signer, address_of(action, "builder"), fee)
    else:
        raise Refused("Transfers and withdrawals are not possible on the embedded exchange.")
    return {"type": "default"}


def _tenths_of_bp(rate: str) -> int:
    """ "0.01%" is one basis point, ten tenths."""
    number = rate.removesuffix("%")
    if number == rate or not number.replace(".", "", 1).isdigit():
        raise Unparsable(f"invalid fee rate `{rate}` for field `maxFeeRate`")
    return int(Decimal(number) * 1000)
