"""Rows of Binance's record of money, and what a key may do, as the documents give them."""

from typing import Any

DEPOSITED_MS = 1_749_996_005_000  # two hours before the moment of the scripted answers


def an_income(**changes: object) -> dict[str, Any]:
    """A deposit as `income` lists it."""
    row = {
        "symbol": "",
        "incomeType": "TRANSFER",
        "income": "1000.00000000",
        "asset": "USDT",
        "info": "TRANSFER",
        "time": DEPOSITED_MS,
        "tranId": 9689322392,
        "tradeId": "",
    }
    return row | changes


def the_rights(**changes: object) -> dict[str, Any]:
    """What a key may do that may only read and trade futures, with every field that is documented."""
    row = {
        "ipRestrict": True,
        "createTime": 1_623_840_271_000,
        "enableReading": True,
        "enableWithdrawals": False,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableFutures": True,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "enableSpotAndMarginTrading": False,
        "enablePortfolioMarginTrading": False,
    }
    return row | changes
