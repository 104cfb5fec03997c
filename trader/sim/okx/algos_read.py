"""Reading algo orders: one, those that wait, and those that are over.

Rules: the lists want a type (only conditional and oco together); history wants one state, or one algo's id.
"""

from trader.sim.okx.algo_rows import algo_row
from trader.sim.okx.calls import Call, Row, paged
from trader.sim.okx.contracts import inst_id_of, market_of
from trader.sim.okx.orders_read import ARCHIVE_MS
from trader.sim.okx.parameters import Parameters
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.tickets import ALIVE, CANCELED, EFFECTIVE, FAILED, AlgoTicket

_TYPES = frozenset(
    {"conditional", "oco", "trigger", "move_order_stop", "chase", "iceberg", "twap", "smart_iceberg"}
)
_PAGE = 100


def find_algo(call: Call, params: Parameters) -> AlgoTicket | None:
    """The algo that is meant: algoId wins; of several with one client id the newest."""
    said, client_id = params.text("algoId"), params.text("algoClOrdId")
    if not said and not client_id:
        raise Refusal("50015", "algoId", "algoClOrdId")
    mine = [algo for algo in call.venue.book.algos.values() if algo.user == call.user]
    if said:
        return next((algo for algo in mine if str(algo.algo_id) == said), None)
    return max((a for a in mine if a.client_id == client_id), key=lambda a: a.algo_id, default=None)


def get_algo(call: Call) -> list[Row]:
    """One algo; its instrument need not be named."""
    ticket = find_algo(call, call.params)
    if ticket is None or _is_hidden(call, ticket) or ticket.updated_ms < call.now_ms - ARCHIVE_MS:
        if call.switches.algo_missing_code:
            raise Refusal(call.switches.algo_missing_code)
        return []
    return rows_of(call, [ticket])


def _is_hidden(call: Call, ticket: AlgoTicket) -> bool:
    return call.now_ms - ticket.created_ms < call.switches.visible_after_ms


def rows_of(call: Call, found: list[AlgoTicket]) -> list[Row]:
    return [algo_row(call.model, market_of(call.model, inst_id_of(t.coin)), t) for t in found]


def _listed(call: Call) -> list[AlgoTicket]:
    params = call.params
    types = set(params.required("ordType").split(","))
    if not types <= _TYPES or (len(types) > 1 and types != {"conditional", "oco"}):
        raise Refusal("51000", "ordType")
    inst_id, algo_id = params.text("instId"), params.text("algoId")
    if params.text("instType", "SWAP") != "SWAP":
        return []
    return [
        algo
        for algo in call.venue.book.algos.values()
        if algo.user == call.user
        and algo.ord_type in types
        and (not inst_id or inst_id == inst_id_of(algo.coin))
        and (not algo_id or algo_id == str(algo.algo_id))
        and not _is_hidden(call, algo)
    ]


def pending(call: Call) -> list[Row]:
    """Algos that wait."""
    rows = rows_of(call, [algo for algo in _listed(call) if algo.state == ALIVE])
    return paged(rows, call.params, by="algoId", limit=call.params.limit(most=_PAGE))


def history(call: Call) -> list[Row]:
    """Three months of algos that are over, one state at a time."""
    params = call.params
    if not params.has("state") and not params.has("algoId"):
        raise Refusal("51602")
    state = params.word("state", (EFFECTIVE, CANCELED, FAILED), EFFECTIVE) if params.has("state") else ""
    found = [
        algo
        for algo in _listed(call)
        if algo.state != ALIVE
        and (not state or algo.state == state)
        and algo.updated_ms >= call.now_ms - ARCHIVE_MS
    ]
    return paged(rows_of(call, found), params, by="algoId", limit=params.limit(most=_PAGE))
