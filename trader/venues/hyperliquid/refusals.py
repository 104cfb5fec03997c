"""The venue's sentences for "no", by their beginning, and what each means for a decision.

A live sentence ends with ` asset=N`, a documented one does not, and a chain error begins with `L1 error: `.
What is listed as OTHER is known, with no conclusion drawn from it. What is not listed is UNFAMILIAR: still a
refusal, and a sign that the venue is no longer the one that this version was written for.
"""

from trader.core.orders import Refusal, Rejected
from trader.venues.strict import shown

_CHAIN_PREFIX = "l1 error: "

SENTENCES: tuple[tuple[str, Refusal], ...] = (
    ("Invalid TP/SL price", Refusal.WOULD_TRIGGER),
    ("Order could not immediately match", Refusal.NOTHING_MATCHED),
    ("No liquidity available for market order", Refusal.NOTHING_MATCHED),
    ("Insufficient margin to place order", Refusal.MARGIN),
    ("Insufficient spot balance", Refusal.MARGIN),
    ("Isolated position does not have sufficient margin", Refusal.MARGIN),
    ("Cross position does not have sufficient margin", Refusal.MARGIN),
    ("Order would cause position to exceed margin tier limit", Refusal.MARGIN),
    ("Reduce only order would increase position", Refusal.REDUCE_ONLY),
    ("Order was never placed, already canceled, or filled", Refusal.GONE),
    ("Cannot modify canceled or filled order", Refusal.GONE),
    ("Too many cumulative requests sent", Refusal.BUDGET),
    ("Invalid nonce: duplicate nonce", Refusal.DUPLICATE),
    ("Invalid nonce", Refusal.OTHER),
    ("Duplicate client order id", Refusal.DUPLICATE),
    ("Action already expired", Refusal.EXPIRED),
    ("User or API Wallet ", Refusal.DENIED),
    ("Must deposit before performing actions", Refusal.DENIED),
    ("Unable to recover signer", Refusal.DENIED),
    ("Vault not registered", Refusal.DENIED),
    ("Price must be divisible by tick size", Refusal.RULE),
    ("Order must have minimum value of", Refusal.RULE),
    ("Order has invalid size", Refusal.RULE),
    ("Order has invalid price", Refusal.RULE),
    ("Order has zero size", Refusal.RULE),
    ("Order price cannot be more than 80% away", Refusal.RULE),
    ("Order price too far from oracle", Refusal.RULE),
    ("Price too far from oracle", Refusal.RULE),
    ("Post only order would have immediately matched", Refusal.POST_ONLY),
    ("Order would increase open interest", Refusal.RULE),
    ("Order rejected due to price more aggressive than oracle", Refusal.RULE),
    ("Too many open orders", Refusal.RULE),
    ("Trigger order is not reduce only", Refusal.RULE),
    ("Trigger order has unexpected side", Refusal.RULE),
    ("Signed action over weight limit", Refusal.RULE),
    ("Cannot switch leverage type with open position", Refusal.RULE),
    ("Cross margin is not allowed for this asset", Refusal.RULE),
    ("Invalid leverage value", Refusal.RULE),
    ("Trading is halted for this asset", Refusal.RULE),
    ("Position does not use isolated margin", Refusal.RULE),
    ("Builder fee has not been approved", Refusal.RULE),
)

# Said before the venue looks at the nonce, or after time has passed: on a second sending of the same bytes
# these say nothing about the first.
SAY_NOTHING_OF_THE_FIRST = frozenset(
    {Refusal.EXPIRED, Refusal.DENIED, Refusal.BUDGET, Refusal.OTHER, Refusal.UNFAMILIAR}
)


def refusal(sentence: str) -> Rejected:
    """A refusal in the venue's words, with its meaning."""
    plain = sentence.lstrip().lower().removeprefix(_CHAIN_PREFIX)
    code = next((code for start, code in SENTENCES if plain.startswith(start.lower())), Refusal.UNFAMILIAR)
    return Rejected(code, shown(sentence))
