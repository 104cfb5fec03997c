"""Answers of an OKX as a test writes them, and a transport that gives them."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.scripted_answers import Given, ScriptedAnswers
from trader.core.wire import Answer, Request

ACCOUNT = "44705892343619584"
NOW_MS = 1_750_003_205_000
HALF_HOUR_MS = 1_800_000
SAMPLES = Path(__file__).parents[1] / "fixtures" / "okx-adapter"
BASE = "https://www.okx.com"

Row = dict[str, Any]


def sample(name: str) -> Any:
    """The answer of a documented sample: the file holds a method and a path above it."""
    text = (SAMPLES / f"{name}.txt").read_text()
    return json.loads(text[text.index("{") :])


def good(*rows: object) -> Answer:
    return Answer(200, json.dumps({"code": "0", "msg": "", "data": list(rows)}).encode())


def refused(code: str, *, status: int = 200, msg: str = "no") -> Answer:
    return Answer(status, json.dumps({"code": code, "msg": msg, "data": []}).encode())


def taken(*rows: Row, code: str = "0", status: int = 200) -> Answer:
    """The answer to a write, row by row."""
    told = {"code": code, "data": list(rows), "msg": "", "inTime": "1695190491421339"}
    return Answer(status, json.dumps(told).encode())


def order_taken(number: str = "312269865356374016", **changes: object) -> Row:
    return cells(f"clOrdId= ordId={number} tag= ts={NOW_MS} sCode=0 sMsg=") | changes


def algo_taken(number: str = "1234", **changes: object) -> Row:
    return cells(f"algoId={number} clOrdId= algoClOrdId= sCode=0 sMsg= tag=") | changes


def cells(text: str) -> Row:
    """A row of strings, written `key=value` with a space between: the venue writes all values as strings."""
    return dict(cell.split("=", 1) for cell in text.split())


def an_instrument(coin: str = "SOL", **changes: object) -> Row:
    row = cells(
        f"instType=SWAP instId={coin}-USDT-SWAP uly={coin}-USDT groupId=4 instFamily={coin}-USDT ctVal=1 "
        f"ctMult=1 ctValCcy={coin} ctType=linear settleCcy=USDT lever=50 tickSz=0.01 lotSz=0.01 minSz=0.01 "
        "state=live expTime="
    )
    return row | {"instIdCode": 7} | changes


def a_table() -> list[Row]:
    """BTC, ETH and SOL, and a swap of another kind."""
    return [
        an_instrument("BTC", ctVal="0.01", tickSz="0.1", lever="100"),
        an_instrument("ETH", ctVal="0.1", lever="100"),
        an_instrument("SOL"),
        an_instrument(instId="BTC-USD-SWAP", ctType="inverse", settleCcy="BTC"),
    ]


def a_config(**changes: object) -> Row:
    row = cells(
        f"uid={ACCOUNT} mainUid={ACCOUNT} acctLv=2 posMode=net_mode perm=read_only,trade ip=192.0.2.7 "
        "ctIsoMode=automatic mgnIsoMode=automatic stgyType=0 level=Lv1"
    )
    return row | {"autoLoan": False} | changes


def a_position(**changes: object) -> Row:
    """Two SOL long at 100, in a one-way account on cross margin."""
    row = cells(
        "instType=SWAP instId=SOL-USDT-SWAP mgnMode=cross posId=1 posSide=net pos=2 avgPx=100.01 markPx=100 "
        f"lever=5 liqPx=61.2 imr=40 margin= mmr=1.3 upl=-0.02 ccy=USDT cTime={NOW_MS - 60_000} "
        f"uTime={NOW_MS - 60_000}"
    )
    return row | {"closeOrderAlgo": []} | changes


def a_balance(eq: str = "1000", **changes: object) -> Row:
    usdt = cells(
        f"ccy=USDT eq={eq} cashBal={eq} availEq={eq} availBal={eq} imr= mmr= upl=0 isoUpl=0 isoEq=0 "
        f"uTime={NOW_MS}"
    )
    total = cells(f"totalEq={eq} adjEq= availEq= imr= mmr= upl= uTime={NOW_MS}")
    return total | {"details": [usdt | changes]}


def an_order_row(**changes: object) -> Row:
    """A limit that waits, as `orders-pending` lists it."""
    row = cells(
        f"instType=SWAP instId=SOL-USDT-SWAP ordId=31 clOrdId={'0d' * 16} tag= px=99.5 sz=2 accFillSz=0 "
        "ordType=limit side=buy posSide=net tdMode=cross state=live reduceOnly=false category=normal avgPx= "
        f"algoClOrdId= algoId= cancelSource= cTime={NOW_MS - 60_000} uTime={NOW_MS - 50_000}"
    )
    return row | {"attachAlgoOrds": []} | changes


def an_algo_row(**changes: object) -> Row:
    """A stop at market behind a long position, as `orders-algo-pending` lists it."""
    row = cells(
        f"instType=SWAP instId=SOL-USDT-SWAP algoId=7 algoClOrdId={'0c' * 16} clOrdId= ordType=conditional "
        "side=sell posSide=net tdMode=cross sz=2 closeFraction= state=live reduceOnly=true slTriggerPx=95 "
        "slOrdPx=-1 slTriggerPxType=mark tpTriggerPx= tpTriggerPxType= tpOrdPx= failCode= triggerPx= "
        f"triggerPxType= ordPx= ordId= actualSz= cTime={NOW_MS - 60_000} uTime={NOW_MS - 50_000}"
    )
    return row | {"ordIdList": []} | changes


def a_fill(bill: int = 1, at_ms: int = NOW_MS - 60_000, **changes: object) -> Row:
    row = cells(
        f"instType=SWAP instId=SOL-USDT-SWAP tradeId={bill} ordId=5 clOrdId= billId={bill} subType=1 "
        "fillPx=100.01 fillSz=2 fillPnl=0 side=buy posSide=net execType=T feeCcy=USDT fee=-0.1 tag= "
        f"ts={at_ms + 1} fillTime={at_ms}"
    )
    return row | changes


def some_candles(count: int, *, newest_ms: int | None = None, forming: bool = True) -> list[list[str]]:
    """Bars of half an hour, newest first, the last one still forming."""
    last = NOW_MS // HALF_HOUR_MS * HALF_HOUR_MS if newest_ms is None else newest_ms
    rows = []
    for i in range(count):
        price = str(Decimal(100) + i % 50)
        mark = "0" if forming and i == 0 else "1"
        rows.append([str(last - i * HALF_HOUR_MS), price, "200", "50", price, "10", "1000", "100000", mark])
    return rows


def a_tier(**changes: object) -> Row:
    return cells("tier=1 minSz=0 maxSz=1000 mmr=0.005 imr=0.02 maxLever=50") | changes


def all_is_well() -> dict[str, Given]:
    fine: dict[str, Given] = {
        "public/time": cells(f"ts={NOW_MS}"),
        "public/instruments": a_table(),
        "public/mark-price": [cells(f"instType=SWAP instId={c}-USDT-SWAP markPx={p}") for c, p in MARKS],
        "market/ticker": cells("instId=SOL-USDT-SWAP bidPx=99.99 askPx=100.01 last=100"),
        "public/price-limit": cells("instId=SOL-USDT-SWAP buyLmt=105 sellLmt=94") | {"enabled": True},
        "market/index-tickers": cells("instId=SOL-USDT idxPx=100.02"),
        "public/funding-rate": cells(
            "instId=SOL-USDT-SWAP fundingRate=0.0001 fundingTime=1750003200000 nextFundingTime=1750032000000"
        ),
        "public/position-tiers": [a_tier(), a_tier(tier="2", minSz="1001", maxLever="33.33", mmr="0.01")],
        "market/candles": some_candles(6),
        "account/config": a_config(),
        "account/balance": a_balance(),
        "account/leverage-info": cells("instId=SOL-USDT-SWAP mgnMode=cross posSide=net lever=5"),
        "account/trade-fee": cells("maker=-0.0002 taker=-0.0005 makerU= takerU="),
        "trade/order": refused("51603", msg="Order does not exist"),
        "trade/order-algo": refused("51603", msg="Order does not exist"),
    }
    return fine | {kind: [] for kind in EMPTY}


MARKS = (("BTC", "60000"), ("ETH", "3000"), ("SOL", "100"), ("DOGE", "0.2"))
ALGOS = ("conditional,oco", "trigger")
ENDINGS = ("effective", "canceled", "order_failed")
EMPTY = (
    *("account/positions-history", "account/bills day", "account/bills transfers", "account/bills-archive"),
    "system/status",
    *("account/positions", "account/bills", "trade/orders-pending", "trade/orders-history", "trade/fills"),
    "trade/orders-history-archive",
    *("trade/fills-history", "public/funding-rate-history"),
    *(f"trade/orders-algo-pending {kinds}" for kinds in ALGOS),
    *(f"trade/orders-algo-history {kinds} {state}" for kinds in ALGOS for state in ENDINGS),
)


@dataclass
class Scripted(ScriptedAnswers):
    """Speaks as the venue does."""

    answers: dict[str, Given] = field(default_factory=all_is_well)

    def kind_of(self, request: Request) -> str:
        return kind_of(request)

    def written(self, value: object) -> Answer:
        return good(*_rows(value))


def _rows(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def query_of(request: Request) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(request.url).query).items()}


_BILLS = {None: " day", "1": " transfers", "8": ""}


def kind_of(request: Request) -> str:
    """The endpoint, with what tells its lists apart."""
    path = urlsplit(request.url).path.removeprefix("/api/v5/")
    if path == "account/bills":
        return f"{path}{_BILLS[query_of(request).get('type')]}"
    if "orders-algo" not in path:
        return path
    query = query_of(request)
    return " ".join([path, query["ordType"], *([query["state"]] if "state" in query else [])])


def body_of(request: Request) -> Any:
    return json.loads(request.body)


def header_of(request: Request, name: str) -> str | None:
    return next((value for key, value in request.headers if key == name), None)
