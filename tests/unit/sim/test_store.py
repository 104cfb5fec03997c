"""The exchange's memory: nothing lost, nothing half written, nobody else's file touched."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.model_exchange import (
    HOUR_MS,
    PLAIN,
    START_MS,
    USER,
    attach,
    flat,
    limit,
    market,
    place_one,
    shipped_markets,
    stop,
)
from trader.exchange.prices import ScriptedPrices
from trader.exchange.truth import CoverWatch
from trader.sim.store import Session, Store, StoreError, World

D = Decimal


def world() -> World:
    prices = ScriptedPrices({"SOL": flat(100), "ETH": flat(3000), "BTC": flat(60_000)}, start_ms=START_MS)
    return World(shipped_markets(), prices, PLAIN, START_MS)


def opened(path: Path) -> Store:
    return Store(path, world())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "exchange.db"


@pytest.fixture
def opens(path: Path) -> Iterator[Callable[[], Store]]:
    """Opens the test's file, any number of times, and closes all of them."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(opened(path)))


def execute(path: Path, statement: str, *values: str) -> list[tuple[Any, ...]]:
    """One statement in a connection of its own."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def test_what_was_changed_is_there_for_the_next_process(path: Path, opens: Callable[[], Store]) -> None:
    first = opens()
    with first.change() as session:
        session.model.deposit(USER, D(1000))
        attach(session.model, market("buy", "2"), stop("sell", "2", "90"))
        session.extra["nonces"] = {"0xab": [1, 2]}
        expected = session.model.dump()
    first.close()
    session = opens().read()
    assert session.model.dump() == expected
    assert len(session.model.fills(USER)) == 1
    assert len(session.model.history(USER)) == 2
    assert session.extra == {"nonces": {"0xab": [1, 2]}}


def test_an_exception_leaves_the_file_as_it_was(path: Path, opens: Callable[[], Store]) -> None:
    store = opens()
    with store.change() as session:
        session.model.deposit(USER, D(1000))

    def spoil(session: Session) -> None:
        place_one(session.model, market("buy", "2"))
        session.extra["half"] = True
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"), store.change() as session:
        spoil(session)
    with store.change() as session:
        assert session.model.fills(USER) == ()
        assert session.extra == {}


def test_a_read_changes_nothing_in_the_file(path: Path, opens: Callable[[], Store]) -> None:
    store = opens()
    store.read().model.deposit(USER, D(5))
    assert store.read().model.users == ()


def test_two_stores_on_one_file_see_each_others_changes(path: Path, opens: Callable[[], Store]) -> None:
    one, two = opens(), opens()
    with one.change() as session:
        session.model.deposit(USER, D(100))
    with two.change() as session:
        session.model.deposit(USER, D(20))
    with one.change() as session:
        session.model.deposit(USER, D(3))
    assert two.read().model.account(USER).total.account_value == 123
    assert [row.seq for row in two.read().model.ledger(USER)] == [0, 1, 2]


def test_the_passing_of_time_alone_is_not_written(path: Path, opens: Callable[[], Store]) -> None:
    store = opens()
    with store.change() as session:
        session.model.deposit(USER, D(1000))
    generation = "SELECT value FROM state WHERE name = 'generation'"
    with store.change() as session:
        session.model.advance(START_MS + 5_000)
    assert execute(path, generation) == [("1",)]
    with store.change() as session:
        assert session.model.now_ms == START_MS + 5_000
        session.model.advance(START_MS + HOUR_MS)
    assert execute(path, generation) == [("2",)]


def test_only_the_newest_rows_are_loaded_and_numbers_go_on(
    path: Path, opens: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    with opens().change() as session:
        session.model.deposit(USER, D(1000))
        resting = place_one(session.model, limit("buy", "1", "90", cloid="0x01"))
        for _ in range(5):
            place_one(session.model, market("buy", "1"))
    monkeypatch.setattr("trader.sim.store.ROWS_MAX", 2)
    store = opens()
    with store.change() as session:
        assert [fill.seq for fill in session.model.fills(USER)] == [3, 4]
        assert resting.oid is not None
        row = session.model.order(USER, resting.oid)
        assert row is not None
        assert str(row.status) == "open"
        place_one(session.model, market("buy", "1"))
    assert [fill.seq for fill in opens().read().model.fills(USER)] == [4, 5]
    assert execute(path, "SELECT count(*), count(DISTINCT seq) FROM fills") == [(6, 6)]


def test_listeners_are_attached_to_each_loaded_model(path: Path, opens: Callable[[], Store]) -> None:
    watches: list[CoverWatch] = []
    store = Store(path, world(), prepare=lambda model: watches.append(CoverWatch(model)))
    with closing(store), store.change() as session:
        session.model.deposit(USER, D(1000))
        place_one(session.model, market("buy", "2"))
        session.model.advance(START_MS + 50)
    assert [watch.total_ms() for watch in watches] == [50]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("a text", "not a database"),
        ("foreign database", "another program"),
        ("other layout", "layout 99"),
        ("broken state", "cannot be read"),
    ],
)
def test_a_file_that_is_not_ours_is_named_and_left_alone(
    path: Path, opens: Callable[[], Store], kind: str, words: str
) -> None:
    if kind == "a text":
        path.write_text("mode: live\n" * 100)
    elif kind == "foreign database":
        execute(path, "CREATE TABLE bookmarks (url TEXT)")
    else:
        with opens().change() as session:
            session.model.deposit(USER, D(1))
        name, value = ("schema", "99") if kind == "other layout" else ("model", '{"now_ms": 1}')
        execute(path, "UPDATE state SET value = ? WHERE name = ?", value, name)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=words) as error:
        opens().read()
    assert str(path) in str(error.value)
    assert path.read_bytes() == before


def test_a_folder_that_is_missing_is_said_so(path: Path, opens: Callable[[], Store]) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        opened(path.parent / "nowhere" / "exchange.db")


def test_a_file_that_cannot_be_written_is_said_so(path: Path, opens: Callable[[], Store]) -> None:
    # A folder in the file's place refuses every user, also one who may write anything.
    path.mkdir()
    with pytest.raises(StoreError, match="unable to open"):
        opened(path)


CHILD = """
import sys
from decimal import Decimal
from pathlib import Path
from tests.unit.sim.test_store import opened
from tests.support.model_exchange import USER
store = opened(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    with store.change() as session:
        session.model.deposit(USER, Decimal(1))
        session.extra["count"] = session.extra.get("count", 0) + 1
        print("inside", flush=True)
    print(session.extra["count"], flush=True)
"""


def child(path: Path, count: int) -> "subprocess.Popen[str]":
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, "-c", CHILD, str(path), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=root)


@pytest.mark.parametrize("lines", [1, 2, 8, 13])
def test_a_kill_at_any_point_keeps_every_confirmed_change_whole(
    path: Path, opens: Callable[[], Store], lines: int
) -> None:
    with child(path, 1_000_000) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline().strip() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        seen += process.stdout.read().split()
    confirmed = max((int(word) for word in seen if word.isdigit()), default=0)
    session = opens().read()
    count = session.extra.get("count", 0)
    # A commit may have ended just before its confirmation was printed.
    assert count in (confirmed, confirmed + 1)
    assert session.model.account(USER).total.account_value == count
    assert len(session.model.ledger(USER)) == count


def test_two_processes_never_lose_each_others_changes(path: Path, opens: Callable[[], Store]) -> None:
    with child(path, 12) as one, child(path, 12) as two:
        lines = [line.strip() for process in (one, two) if process.stdout for line in process.stdout]
    counts = sorted(int(line) for line in lines if line.isdigit())
    assert counts == list(range(1, 25))
    session = opens().read()
    assert session.model.account(USER).total.account_value == session.extra["count"] == 24
