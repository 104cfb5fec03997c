"""What an OKX tells of money and of itself, as a test writes it: bills, ended positions, notices."""

from tests.support.okx_answers import NOW_MS, Row, a_position, cells


def a_bill(number: int = 1, at_ms: int = NOW_MS - 60_000, **changes: object) -> Row:
    """Two SOL bought: the fee is all that moved."""
    row = cells(
        f"instType=SWAP instId=SOL-USDT-SWAP billId={number} type=2 subType=1 ts={at_ms} ccy=USDT "
        "balChg=-0.1 bal=999.9 posBalChg=0 posBal=0 sz=2 px=100.01 pnl=0 fee=-0.1 mgnMode=cross from= to= "
        "notes= interest=0 ordId=5 clOrdId= tradeId=1 execType=T"
    )
    return row | changes


def a_transfer(number: int = 1, amount: str = "1000", at_ms: int = NOW_MS - 60_000, **changes: object) -> Row:
    plain = cells("instType= instId= type=1 mgnMode= px= sz= ordId= fee=0 from=6 to=18")
    sub_type = "12" if amount.startswith("-") else "11"
    return a_bill(number, at_ms, balChg=amount, pnl="0", subType=sub_type) | plain | changes


def an_ended_position(at_ms: int = NOW_MS - 60_000, **changes: object) -> Row:
    """A long of two SOL that was closed a dollar lower, an hour after it was opened."""
    row = cells(
        f"instType=SWAP instId=SOL-USDT-SWAP mgnMode=cross type=2 cTime={at_ms - 3_600_000} uTime={at_ms} "
        "posId=1 openAvgPx=100 closeAvgPx=99 openMaxPos=2 closeTotalPos=2 pnl=-2 fee=-0.2 fundingFee=-0.05 "
        "liqPenalty=0 realizedPnl=-2.25 posSide=net direction=long lever=5 uly=SOL-USDT ccy=USDT "
        "settledPnl= triggerPx="
    )
    return row | changes


def a_standing_position(**changes: object) -> Row:
    """The same as `a_position`, with what it has realised: the fee of its opening."""
    told = cells("pnl=0 fee=-0.1 fundingFee=0 liqPenalty=0 settledPnl= realizedPnl=-0.1")
    return a_position() | told | changes


def a_notice(**changes: object) -> Row:
    row = cells(
        f"state=ongoing begin={NOW_MS - 60_000} end={NOW_MS + 60_000} preOpenBegin= href= serviceType=5 "
        "maintType=1 env=1 system=unified scheDesc="
    )
    return row | {"title": "Trading account system upgrade"} | changes
