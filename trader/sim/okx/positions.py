"""Positions and their history as the venue's JSON rows.

Rules: in an account with two sides `pos` is positive on either leg, in a net account it is signed. A closed
position is still told, with `pos` "0", where its instrument is asked for by name, and nowhere else.
"""

from decimal import Decimal

from trader.exchange.model import Model
from trader.exchange.rules import Market
from trader.exchange.views import PositionView
from trader.sim.okx.calls import Call, Row
from trader.sim.okx.contracts import family_of, inst_id_of, market_of, size_text
from trader.sim.okx.episodes import Episode, episodes, newest, position_id
from trader.sim.okx.numbers import derived, text
from trader.sim.okx.tickets import AlgoTicket

_DAY_MS = 86_400_000
_CLOSED_KEPT_MS = 30 * _DAY_MS
_HISTORY_MS = 90 * _DAY_MS
_EMPTY = (
    *("deltaBS", "deltaPA", "gammaBS", "gammaPA", "thetaBS", "thetaPA", "vegaBS", "vegaPA", "optVal"),
    *("baseBal", "quoteBal", "baseBorrowed", "baseInterest", "quoteBorrowed", "quoteInterest", "posCcy"),
    *("liab", "liabCcy", "interest", "spotInUseAmt", "spotInUseCcy", "clSpotInUseAmt", "maxSpotInUseAmt"),
    *("bizRefId", "bizRefType", "pendingCloseOrdLiabVal", "settledPnl", "nonSettleAvgPx", "availPos"),
)
ZERO = Decimal(0)


def positions(call: Call) -> list[Row]:
    """Open positions, and closed ones of instruments that are named."""
    params = call.params
    if params.text("instType", "SWAP") != "SWAP":
        return []
    named = [name for name in params.text("instId").split(",") if name]
    coins = {market_of(call.model, name).coin for name in named}
    lives = episodes(call.model, call.user)
    views = [v for v in call.model.account(call.user).positions if not coins or v.coin in coins]
    rows = [_open_row(call, view, newest(lives, view.coin, view.leg)) for view in views]
    held = {(view.coin, view.leg) for view in views}
    ended = {(e.coin, e.leg): e for e in lives if e.coin in coins and (e.coin, e.leg) not in held}
    since_ms = call.now_ms - _CLOSED_KEPT_MS
    rows += [_closed_row(call, episode) for episode in ended.values() if episode.updated_ms >= since_ms]
    wanted = params.text("posId")
    rows = [row for row in rows if wanted in ("", row["posId"])]
    return sorted(rows, key=lambda row: int(row["cTime"]), reverse=True)


def _open_row(call: Call, view: PositionView, episode: Episode | None) -> Row:
    model, market = call.model, market_of(call.model, inst_id_of(view.coin))
    margin = "cross" if view.leverage.is_cross else "isolated"
    quote = model.quote(view.coin)
    size = abs(view.szi)
    entry = _entry(model, call.user, view)
    need = view.maintenance
    behind = call.model.account(call.user).cross.account_value if margin == "cross" else view.margin_used
    used = size * entry / view.leverage.value
    return _plain(call, market, view.leg, margin, episode) | {
        "pos": size_text(market, view.szi if view.leg is None else size),
        "avgPx": derived(entry),
        "upl": text(view.unrealized),
        "uplRatio": derived(view.unrealized / used),
        "uplLastPx": text(view.szi * (quote.last - entry)) if entry else "0",
        "uplRatioLastPx": derived(view.szi * (quote.last - entry) / used),
        "lever": str(view.leverage.value),
        "liqPx": derived(view.liquidation_px),
        "imr": derived(size * quote.mark / view.leverage.value) if margin == "cross" else "",
        "margin": "" if margin == "cross" else derived(view.margin_used - view.unrealized),
        "mgnRatio": derived(behind / need) if need else "",
        "mmr": derived(need - closing_fee(call, view)),
        "notionalUsd": derived(size * quote.mark),
        "adl": "1",
        "bePx": derived(entry * (1 + (1 if view.szi > 0 else -1) * 2 * model.rules.taker_rate)),
        "closeOrderAlgo": [_close_algo(algo) for algo in _close_algos(call, view)],
    }


def closing_fee(call: Call, view: PositionView) -> Decimal:
    """What the model adds to maintenance for the fee of closing, and the wire leaves out of `mmr`."""
    rules = call.model.rules
    return view.value * rules.taker_rate if rules.liquidation_fee_in_maintenance else ZERO


def _entry(model: Model, user: str, view: PositionView) -> Decimal:
    position = model.position(user, view.coin, view.leg)
    return view.entry_px if position is None else position.cost / position.szi


def _closed_row(call: Call, episode: Episode) -> Row:
    """A position that is no more: everything about size and risk is empty."""
    market = market_of(call.model, inst_id_of(episode.coin))
    margin = "cross" if call.model.leverage(call.user, episode.coin).is_cross else "isolated"
    names = ("avgPx", "upl", "uplRatio", "uplLastPx", "uplRatioLastPx", "liqPx", "imr", "margin", "mgnRatio")
    empty = dict.fromkeys((*names, "mmr", "notionalUsd", "adl", "bePx"), "")
    lever = str(call.venue.lever(call.user, episode.coin, margin, episode.leg))
    plain = _plain(call, market, episode.leg, margin, episode)
    return plain | empty | {"pos": "0", "lever": lever, "closeOrderAlgo": []}


def _plain(call: Call, market: Market, leg: str | None, margin: str, episode: Episode | None) -> Row:
    """What an open and a closed position have alike."""
    quote = call.model.quote(market.coin)
    began = call.now_ms if episode is None else episode.opened_ms
    updated = call.now_ms if episode is None else episode.updated_ms
    return dict.fromkeys(_EMPTY, "") | {
        "instType": "SWAP",
        "instId": inst_id_of(market.coin),
        "mgnMode": margin,
        "posId": position_id(call.user, market.coin, leg, margin),
        "posSide": leg or "net",
        "markPx": text(quote.mark),
        "last": text(quote.last),
        "idxPx": text(quote.oracle),
        "usdPx": "1",
        "ccy": "USDT",
        "tradeId": "" if episode is None else str(episode.last_tid),
        "realizedPnl": "0" if episode is None else derived(episode.realized),
        "pnl": "0" if episode is None else text(episode.pnl),
        "fee": "0" if episode is None else derived(-episode.fee),
        "fundingFee": "0" if episode is None else text(episode.funding),
        "liqPenalty": "0" if episode is None else text(episode.paid),
        "cTime": str(began),
        "uTime": str(updated),
        "pTime": str(call.now_ms),
    }


def _close_algos(call: Call, view: PositionView) -> list[AlgoTicket]:
    """Waiting algos that close the whole of this position."""
    return [
        algo
        for algo in call.venue.book.algos.values()
        if algo.user == call.user
        and algo.coin == view.coin
        and algo.leg == view.leg
        and algo.close_fraction
        and algo.is_alive
    ]


def _close_algo(algo: AlgoTicket) -> Row:
    exits = algo.exits
    return {
        "algoId": str(algo.algo_id),
        "slTriggerPx": exits.sl_trigger,
        "slTriggerPxType": exits.sl_type,
        "tpTriggerPx": exits.tp_trigger,
        "tpTriggerPxType": exits.tp_type,
        "closeFraction": algo.close_fraction,
    }


def positions_history(call: Call) -> list[Row]:
    """Lives of positions that were closed in part or wholly, by the moments at which they were."""
    params = call.params
    inst_id, kind, margin = params.text("instId"), params.text("type"), params.text("mgnMode")
    after, before = params.integer("after"), params.integer("before")
    since_ms = max(call.now_ms - _HISTORY_MS, 0 if before is None else before + 1)
    keeps_parts = call.switches.history_keeps_parts
    told = [
        told
        for episode in episodes(call.model, call.user, with_parts=keeps_parts)
        if inst_id in ("", inst_id_of(episode.coin))
        for told in episode.told(keeps_parts=keeps_parts)
        if since_ms <= told.updated_ms and (after is None or told.updated_ms < after)
        if kind in ("", _closed_by(told)) and margin in ("", _margin(call, told))
    ]
    newest_first = sorted(told, key=lambda one: one.updated_ms, reverse=True)
    return [_history_row(call, one) for one in newest_first[: params.limit(most=100)]]


def _closed_by(episode: Episode) -> str:
    """What closed it, or its last part: somebody's order, a liquidation, a deleveraging."""
    last = episode.closing
    if last is not None and last.liquidation is not None:
        return "3" if episode.is_over else "4"
    if last is not None and last.direction == "Auto-Deleveraging":
        return "5" if episode.is_over else "6"
    return "2" if episode.is_over else "1"


def _margin(call: Call, episode: Episode) -> str:
    return "cross" if call.model.leverage(call.user, episode.coin).is_cross else "isolated"


def _history_row(call: Call, episode: Episode) -> Row:
    market = market_of(call.model, inst_id_of(episode.coin))
    setting = call.model.leverage(call.user, episode.coin)
    margin, last = _margin(call, episode), episode.closing
    used = episode.size_max * episode.open_price / setting.value
    return {
        "instType": "SWAP",
        "instId": inst_id_of(episode.coin),
        "uly": family_of(episode.coin),
        "mgnMode": margin,
        "type": _closed_by(episode),
        "cTime": str(episode.opened_ms),
        "uTime": str(episode.updated_ms),
        "openAvgPx": derived(episode.open_price),
        "closeAvgPx": derived(episode.close_price),
        "posId": position_id(call.user, episode.coin, episode.leg, margin),
        "posSide": episode.leg or "net",
        "openMaxPos": size_text(market, episode.size_max),
        "closeTotalPos": size_text(market, episode.closed),
        "realizedPnl": derived(episode.realized),
        "pnl": text(episode.pnl),
        "pnlRatio": derived(episode.realized / used) if used else "0",
        "fee": derived(-episode.fee),
        "fundingFee": text(episode.funding),
        "liqPenalty": text(episode.paid),
        "settledPnl": "",
        "nonSettleAvgPx": "",
        "lever": str(setting.value),
        "direction": "long" if episode.is_long else "short",
        "triggerPx": text(last.liquidation.mark_px) if last and last.liquidation else "",
        "ccy": "USDT",
    }
