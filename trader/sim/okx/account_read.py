"""Reading an account: configuration, balance, leverage, fees, bills and what could be opened."""

from decimal import Decimal

from trader.exchange.views import AccountView
from trader.sim.okx.calls import Call, Row
from trader.sim.okx.contracts import market_of, size_text
from trader.sim.okx.fills import bills as all_bills
from trader.sim.okx.numbers import derived, text
from trader.sim.okx.positions import closing_fee
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.venue import CROSS, ISOLATED

ZERO = Decimal(0)
_DAY_MS = 86_400_000
_BILLS_MS = 7 * _DAY_MS
_ARCHIVE_MS = 90 * _DAY_MS
_ZEROS = (
    *("borrowFroz", "crossLiab", "fixedBal", "interest", "isoLiab", "liab", "maxLoan", "rewardBal"),
    *("spotIsoBal", "stgyEq", "twap", "uplLiab", "spotBal", "spotUpl", "spotUplRatio"),
)
_EMPTY_IN_DETAIL = ("spotInUseAmt", "clSpotInUseAmt", "maxSpotInUseAmt")
_SUMS = ("adjEq", "availEq", "imr", "mmr", "mgnRatio", "notionalUsd", "ordFroz", "upl")


def config(call: Call) -> list[Row]:
    key = call.key
    if key is None:
        raise Refusal("50111")
    empty = ("levelTmp", "spotOffsetType", "settleCcy")
    return [
        dict.fromkeys(empty, "")
        | {
            "uid": key.user,
            "mainUid": key.user,
            "acctLv": call.switches.account_level,
            "acctStpMode": call.switches.self_trade,
            "posMode": "long_short_mode" if call.is_two_sided else "net_mode",
            "autoLoan": False,
            "greeksType": "PA",
            "feeType": "0",
            "level": "Lv1",
            "ctIsoMode": "automatic",
            "mgnIsoMode": "automatic",
            "liquidationGear": "-1",
            "label": key.label,
            "roleType": "0",
            "traderInsts": [],
            "spotRoleType": "0",
            "spotTraderInsts": [],
            "opAuth": "0",
            "kycLv": "3",
            "ip": ",".join(key.ips),
            "perm": ",".join(key.permissions),
            "enableSpotBorrow": False,
            "spotBorrowAutoRepay": False,
            "type": "0",
            "stgyType": "0",
            "settleCcyList": [],
        }
    ]


def balance(call: Call) -> list[Row]:
    """One currency; an account without any has no details."""
    wanted = {name for name in call.params.text("ccy").split(",") if name}
    view = call.model.account(call.user)
    equity = view.total.account_value
    detail = _detail(call, view)
    is_shown = (equity != 0 or detail["cashBal"] != "0") and (not wanted or "USDT" in wanted)
    row: Row = dict.fromkeys(_SUMS, "")
    if call.switches.account_level != "2":
        row |= {name: detail[name] for name in ("availEq", "imr", "mmr", "mgnRatio", "upl")}
        row |= {"adjEq": text(equity), "ordFroz": detail["ordFrozen"]}
        row["notionalUsd"] = derived(view.total.total_notional)
    return [
        row
        | {
            "totalEq": text(equity),
            "isoEq": detail["isoEq"],
            "borrowFroz": "",
            "uTime": detail["uTime"],
            "details": [detail] if is_shown else [],
        }
    ]


def _detail(call: Call, view: AccountView) -> Row:
    """The currency that everything is settled in."""
    equity = view.total.account_value
    isolated = [row for row in view.positions if not row.leverage.is_cross]
    iso = sum((row.margin_used for row in isolated), ZERO)
    upl = sum((row.unrealized for row in view.positions), ZERO)
    need = view.cross_maintenance
    fees = sum((closing_fee(call, row) for row in view.positions if row.leverage.is_cross), ZERO)
    in_orders = equity - iso - view.available - view.cross.total_margin_used
    available = max(ZERO, view.available)
    return (
        dict.fromkeys(_ZEROS, "0")
        | dict.fromkeys(_EMPTY_IN_DETAIL, "")
        | {
            "ccy": "USDT",
            "eq": text(equity),
            "eqUsd": text(equity),
            "disEq": text(equity),
            "cashBal": text(equity - upl),
            "availEq": derived(available),
            "availBal": derived(available),
            "frozenBal": derived(max(ZERO, equity - available)),
            "ordFrozen": derived(max(ZERO, in_orders)),
            "upl": text(upl),
            "isoEq": text(iso),
            "isoUpl": text(sum((row.unrealized for row in isolated), ZERO)),
            "imr": derived(view.cross.total_margin_used),
            "mmr": derived(need - fees),
            "mgnRatio": derived(view.cross.account_value / need) if need else "",
            "notionalLever": derived(view.total.total_notional / equity) if equity > 0 else "",
            "uTime": str(call.now_ms),
        }
    )


def leverage_info(call: Call) -> list[Row]:
    """One row for each side there is."""
    params = call.params
    margin = params.word("mgnMode", (CROSS, ISOLATED))
    rows: list[Row] = []
    for name in params.required("instId").split(","):
        market = market_of(call.model, name)
        for leg in ("long", "short") if call.is_two_sided else (None,):
            rows.append(
                {
                    "ccy": "",
                    "instId": name,
                    "mgnMode": margin,
                    "posSide": leg or "net",
                    "lever": str(call.venue.lever(call.user, market.coin, margin, leg)),
                }
            )
    return rows


def trade_fee(call: Call) -> list[Row]:
    """Rates are negative where one pays."""
    params = call.params
    params.word("instType", ("SWAP", "SPOT", "MARGIN", "FUTURES", "OPTION"))
    maker, taker = call.model.fee_rates(call.user)
    said = {"maker": text(-maker), "taker": text(-taker)}
    return [
        {
            "category": "1",
            "delivery": "",
            "exercise": "",
            "instType": params.text("instType"),
            "level": "Lv1",
            "feeGroup": [{"groupId": "4", **said, "rpiMaker": "", "elpMaker": ""}],
            "maker": said["maker"],
            "taker": said["taker"],
            "makerU": said["maker"],
            "takerU": said["taker"],
            "makerUSDC": "",
            "takerUSDC": "",
            "ruleType": "normal",
            "ts": str(call.now_ms),
            "fiat": [],
        }
    ]


def max_size(call: Call) -> list[Row]:
    """The largest orders that the margin of now allows, in contracts."""
    params = call.params
    params.word("tdMode", (CROSS, ISOLATED))
    rows: list[Row] = []
    for name in params.required("instId").split(","):
        market = market_of(call.model, name)
        buy, sell = call.model.max_trade_sizes(call.user, market.coin)
        rows.append(
            {
                "ccy": "USDT",
                "instId": name,
                "maxBuy": size_text(market, buy),
                "maxSell": size_text(market, sell),
            }
        )
    return rows


def bills(call: Call) -> list[Row]:
    """Seven days of bills."""
    return _bills(call, since_ms=call.now_ms - _BILLS_MS)


def bills_archive(call: Call) -> list[Row]:
    """Three months of bills."""
    return _bills(call, since_ms=call.now_ms - _ARCHIVE_MS)


def _bills(call: Call, *, since_ms: int) -> list[Row]:
    params = call.params
    begin, end = params.integer("begin") or 0, params.integer("end")
    after, before = params.integer("after"), params.integer("before")
    limit = params.limit(most=100)
    names = ("instType", "instId", "ccy", "mgnMode", "type", "subType")
    found: list[Row] = []
    for row in all_bills(call.venue, call.user, params.text("type")):
        stamp, number = int(row["ts"]), int(row["billId"])
        if stamp < max(since_ms, begin) or len(found) == limit:
            break
        is_in = (after is None or number < after) and (before is None or number > before)
        is_in = is_in and (end is None or stamp <= end)
        if is_in and all(params.text(name) in ("", row[name]) for name in names):
            found.append(row)
    return found
