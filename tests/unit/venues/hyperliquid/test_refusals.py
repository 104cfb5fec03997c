"""The venue's sentences for "no": each with its meaning, and none that ccxt knows is unknown here."""

import pytest

from trader.core.orders import Refusal
from trader.venues.hyperliquid.ccxt_class import hyperliquid_class
from trader.venues.hyperliquid.refusals import SENTENCES, refusal

# About spot money, withdrawals and slow orders: nothing that this program sends is answered so.
NOT_OURS = ("TWAP", "Insufficient balance for")

OVER_BUDGET = (
    "Too many cumulative requests sent (97460 > 97456) for cumulative volume traded $87457.46. "
    "Place taker orders to free up 1 request per USDC traded."
)
NO_MARGIN_TO_LOWER = (
    "Isolated position does not have sufficient margin available to decrease leverage. "
    "To decrease leverage, add margin to the position."
)
LIVE = [
    ("Invalid TP/SL price. asset=2", Refusal.WOULD_TRIGGER),
    ("Order could not immediately match against any resting orders. asset=4", Refusal.NOTHING_MATCHED),
    ("No liquidity available for market order.", Refusal.NOTHING_MATCHED),
    ("Insufficient margin to place order. asset=4", Refusal.MARGIN),
    ("Order would cause position to exceed margin tier limit at current leverage", Refusal.MARGIN),
    ("Reduce only order would increase position. asset=3", Refusal.REDUCE_ONLY),
    ("Order was never placed, already canceled, or filled. asset=4", Refusal.GONE),
    ("Cannot modify canceled or filled order", Refusal.GONE),
    (
        OVER_BUDGET,
        Refusal.BUDGET,
    ),
    ("Invalid nonce: duplicate nonce 1764221206959", Refusal.DUPLICATE),
    ("Invalid nonce: nonce too low 5 < 6", Refusal.OTHER),
    ("Action already expired", Refusal.EXPIRED),
    ("L1 error: User or API Wallet 0x0102 does not exist.", Refusal.DENIED),
    ("User or API Wallet 0x0102 does not exist.", Refusal.DENIED),
    ("Must deposit before performing actions. User: 0x0102", Refusal.DENIED),
    ("Unable to recover signer.", Refusal.DENIED),
    ("Price must be divisible by tick size. asset=0", Refusal.RULE),
    ("Order must have minimum value of $10. asset=0", Refusal.RULE),
    ("Order must have minimum value of 10 USDC.", Refusal.RULE),
    ("Order has zero size.", Refusal.RULE),
    ("Order price cannot be more than 80% away from the reference price", Refusal.RULE),
    ("Price too far from oracle", Refusal.RULE),
    ("Signed action over weight limit of 200.", Refusal.RULE),
    ("Cannot switch leverage type with open position.", Refusal.RULE),
    (
        NO_MARGIN_TO_LOWER,
        Refusal.MARGIN,
    ),
    ("Something that nobody has seen yet", Refusal.UNFAMILIAR),
    ("", Refusal.UNFAMILIAR),
]


@pytest.mark.parametrize(("sentence", "code"), LIVE)
def test_what_a_sentence_means(sentence: str, code: Refusal) -> None:
    said = refusal(sentence)
    assert (said.code, said.reason) == (code, sentence)


def test_every_sentence_of_the_table_is_reached() -> None:
    for start, code in SENTENCES:
        assert refusal(f"{start} and more").code is code, start


def test_no_sentence_that_ccxt_knows_is_unknown_here() -> None:
    table = hyperliquid_class()({}).exceptions["broad"]
    known = {text: error.__name__ for text, error in table.items() if not text.startswith(NOT_OURS)}
    assert len(known) > 12
    expected = {
        "InsufficientFunds": Refusal.MARGIN,
        "OrderNotFound": Refusal.GONE,
        "RateLimitExceeded": Refusal.BUDGET,
    }
    for text, error in known.items():
        code = refusal(text).code
        assert code is not Refusal.UNFAMILIAR, text
        assert code is expected.get(error, code), text


def test_a_sentence_is_made_harmless() -> None:
    assert refusal("no\x1b[2J\n" + "x" * 500).reason.startswith("no\\x1b[2J\\n")
    assert len(refusal("x" * 5000).reason) < 200
