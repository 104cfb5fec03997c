"""Dumping and loading a whole engine: the mutable part as one record, the lists as rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from trader.exchange import record
from trader.exchange.engine import Engine
from trader.exchange.prices import Prices
from trader.exchange.rules import Market, Rules
from trader.exchange.state import Log, Logs

NEXT = "next_seqs"


def dump(engine: Engine) -> dict[str, Any]:
    """The mutable part, with the length of each list."""
    state: dict[str, Any] = record.plain(engine.state)
    state[NEXT] = {name: log_of(engine.logs, name).next_seq for name in record.LISTS}
    return state


def log_of(logs: Logs, name: str) -> Log[Any]:
    """One of the append-only lists by its name."""
    log: Log[Any] = getattr(logs, name)
    return log


def rows(engine: Engine, name: str, since_seq: int) -> list[tuple[int, dict[str, Any]]]:
    """(seq, record) of the newer rows of one list."""
    if name not in record.LISTS:
        raise record.BadRecord(f"list {name!r}: expected one of {', '.join(record.LISTS)}")
    return [(row.seq, record.plain(row)) for row in log_of(engine.logs, name).since(since_seq)]


def load(
    data: Mapping[str, Any],
    lists: Mapping[str, Sequence[Mapping[str, Any]]],
    markets: Sequence[Market],
    prices: Prices,
    rules: Rules,
) -> Engine:
    """The engine as it was dumped."""
    if NEXT not in data:
        raise record.BadRecord(f"record of the exchange: {NEXT} is missing; another version wrote it")
    seqs = data[NEXT]
    state = record.read_state({key: value for key, value in data.items() if key != NEXT})
    readers = {
        "fills": record.read_fill,
        "funding": record.read_funding,
        "ledger": record.read_ledger,
        "history": record.read_history,
        "equity": record.read_equity,
    }
    logs = Logs()
    for name, read in readers.items():
        log: Log[Any] = Log([read(row) for row in lists.get(name, ())], next_seq=seqs[name])
        setattr(logs, name, log)
    for row in logs.history.rows:
        logs.index(row)
    for fill in logs.fills.rows:
        logs.index_fill(fill)
    return Engine(markets, prices, state, logs, rules)
