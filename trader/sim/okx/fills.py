"""Executions, funding and cash movements as fills and bills.

Rules: bill ids grow with time over all three kinds. A fee that is paid is negative. The balance after each
bill is counted back from the balance of now, so that the newest bill agrees with the account. Funding of an
isolated position is paid by its margin: `balChg` is zero and `posBalChg` tells it. Margin that is set aside
for one is told as no change, and `bal` contains it.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from heapq import merge

from trader.exchange.rows import Fill, FundingRow, LedgerRow
from trader.sim.okx.calls import Row
from trader.sim.okx.contracts import inst_id_of, market_of, size_text
from trader.sim.okx.numbers import text
from trader.sim.okx.venue import TRANSFER, Venue

_EPOCH_MS = 1_400_000_000_000
_CASH, _FILL, _FUNDING = 0, 1, 2
_FUNDING_ACCOUNT, _TRADING_ACCOUNT = "6", "18"
_EMPTY_OF_FILL = ("fillPxVol", "fillPxUsd", "fillFwdPx", "fillMarkVol", "feeRate", "tradeQuoteCcy")
_EMPTY_OF_BILL = ("fillFwdPx", "fillMarkVol", "fillPxUsd", "fillPxVol", "from", "to", "notes", "tag")
_FORCED = {"104": "5", "105": "5", "112": "3", "113": "3", "125": "9", "126": "9"}
Entry = Fill | FundingRow | LedgerRow


def bill_id(row: Entry) -> int:
    """A number that grows with time, and with the place in its list inside one millisecond."""
    kind = _FILL if isinstance(row, Fill) else _FUNDING if isinstance(row, FundingRow) else _CASH
    return ((row.at_ms - _EPOCH_MS) << 22) | ((row.seq & 0xFFFFF) << 2) | kind


def sub_type(fill: Fill) -> str:
    """What an execution did, in the venue's numbers."""
    if fill.liquidation is not None:
        return "104" if fill.start_position > 0 else "105"
    if fill.direction == "Auto-Deleveraging":
        return "125" if fill.start_position > 0 else "126"
    if fill.direction == "Settlement":
        return "112" if fill.start_position > 0 else "113"
    if fill.leg is None:
        return "1" if fill.is_buy else "2"
    opens = fill.is_buy == (fill.leg == "long")
    if opens:
        return "3" if fill.leg == "long" else "4"
    return "5" if fill.leg == "long" else "6"


def fill_row(venue: Venue, fill: Fill) -> Row:
    """One execution."""
    market = market_of(venue.model, inst_id_of(fill.coin))
    ticket = venue.book.order_for(fill.oid)
    is_forced = fill.liquidation is not None or fill.direction == "Auto-Deleveraging"
    return dict.fromkeys(_EMPTY_OF_FILL, "") | {
        "instType": "SWAP",
        "instId": inst_id_of(fill.coin),
        "tradeId": str(-fill.tid if is_forced else fill.tid),
        "ordId": "" if ticket is None else str(ticket.ord_id),
        "clOrdId": "" if ticket is None else ticket.client_id,
        "billId": str(bill_id(fill)),
        "subType": sub_type(fill),
        "tag": "" if ticket is None else ticket.tag,
        "fillPx": text(fill.px),
        "fillSz": size_text(market, fill.sz),
        "fillIdxPx": text(fill.px),
        "fillPnl": text(fill.closed_pnl),
        "fillMarkPx": text(fill.px),
        "side": "buy" if fill.is_buy else "sell",
        "posSide": fill.leg or "net",
        "execType": "T" if fill.crossed else "M",
        "feeCcy": "USDT",
        "fee": text(-fill.fee),
        "ts": str(fill.at_ms + 1),
        "fillTime": str(fill.at_ms),
    }


def entries(venue: Venue, user: str) -> Iterator[Entry]:
    """Everything that moved the account's money, newest first; each list of the model is in order already."""
    model = venue.model
    lists: tuple[Sequence[Entry], ...] = (model.fills(user), model.funding(user), model.ledger(user))
    return merge(*map(reversed, lists), key=bill_id, reverse=True)


def bills(venue: Venue, user: str, kind: str = "") -> Iterator[Row]:
    """Bills, newest first; of one type where it is named."""
    view = venue.model.account(user)
    balance = view.total.account_value - sum((row.unrealized for row in view.positions), Decimal(0))
    for entry in entries(venue, user):
        change = balance_change(entry)
        if _may_be(entry, kind):
            yield _bill(venue, user, entry, change, balance)
        balance -= change


def _may_be(entry: Entry, kind: str) -> bool:
    """Could this become a bill of that type?"""
    if isinstance(entry, Fill):
        return kind in ("", "2", *_FORCED.values())
    return kind in ("", "8") if isinstance(entry, FundingRow) else kind != "8"


def balance_change(entry: Entry) -> Decimal:
    """What it added to the balance."""
    if isinstance(entry, Fill):
        return entry.closed_pnl - entry.fee
    if isinstance(entry, FundingRow):
        return entry.usdc
    return -entry.usdc if entry.kind == "withdraw" else entry.usdc


def _bill(venue: Venue, user: str, entry: Entry, change: Decimal, balance: Decimal) -> Row:
    row: Row = dict.fromkeys(_EMPTY_OF_BILL, "") | {
        "billId": str(bill_id(entry)),
        "ccy": "USDT",
        "bal": text(balance),
        "balChg": text(change),
        "posBal": "0",
        "posBalChg": "0",
        "interest": "0",
        "ts": str(entry.at_ms),
        "fillTime": str(entry.at_ms),
    }
    if isinstance(entry, Fill):
        return row | _trade(venue, entry)
    if isinstance(entry, FundingRow):
        return row | _funding(venue, entry)
    plain = {"instType": "", "instId": "", "mgnMode": "", "pnl": "0", "fee": "0"}
    return row | _nothing() | plain | _moved(venue, entry)


def _moved(venue: Venue, row: LedgerRow) -> Row:
    """A transfer, what its mover called it, or what the venue paid where a liquidation left a debt."""
    if row.kind == "insurance":
        forced = [
            fill for fill in venue.model.fills(row.user) if fill.liquidation and fill.at_ms <= row.at_ms
        ]
        taken = {"instType": "SWAP", "instId": inst_id_of(forced[-1].coin)} if forced else {}
        return {"type": "5", "subType": "110", "pnl": text(row.usdc)} | taken
    if str(row.seq) in venue.reasons:
        kind, sub_kind = venue.reasons[str(row.seq)]
        return {"type": kind, "subType": sub_kind}
    is_out = row.kind == "withdraw"
    ends = (_FUNDING_ACCOUNT, _TRADING_ACCOUNT)[:: -1 if is_out else 1]
    return {"type": TRANSFER, "subType": "12" if is_out else "11", "from": ends[0], "to": ends[1]}


def _nothing() -> Row:
    names = ("ordId", "clOrdId", "tradeId", "execType", "px", "sz", "fillIdxPx", "fillMarkPx")
    return dict.fromkeys(names, "")


def _trade(venue: Venue, fill: Fill) -> Row:
    said = fill_row(venue, fill)
    ticket = venue.book.order_for(fill.oid)
    copied = ("instType", "instId", "ordId", "clOrdId", "tradeId", "execType", "fillIdxPx", "fillMarkPx")
    return {name: said[name] for name in copied} | {
        "type": _FORCED.get(said["subType"], "2"),
        "subType": said["subType"],
        "px": said["fillPx"],
        "sz": said["fillSz"],
        "pnl": said["fillPnl"],
        "fee": said["fee"],
        "tag": said["tag"],
        "mgnMode": "cross" if ticket is None else ticket.td_mode,
    }


def _funding(venue: Venue, row: FundingRow) -> Row:
    market = market_of(venue.model, inst_id_of(row.coin))
    is_cross = venue.model.leverage(row.user, row.coin).is_cross
    return (
        _nothing()
        | {
            "instType": "SWAP",
            "instId": inst_id_of(row.coin),
            "type": "8",
            "subType": "174" if row.usdc > 0 else "173",
            "px": text(row.px),
            "sz": size_text(market, abs(row.szi)),
            "pnl": text(row.usdc),
            "fee": "0",
            "mgnMode": "cross" if is_cross else "isolated",
        }
        | ({} if is_cross else {"balChg": "0", "posBalChg": text(row.usdc)})
    )
