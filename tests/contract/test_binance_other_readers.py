"""The record of money and the rights of a key, as our adapter reads them and as strangers' clients do.

Binance's own client and ccxt ask the same served exchange at the venue's own addresses; ccxt's ledger says of
each row whether it is a transfer, a fee or a trade.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

from tests.support.binance_bench import OFFICIAL_URL, WALLET_URL
from tests.support.binance_ccxt import Client, ccxt_session
from tests.support.binance_client import BTC, HOUR_MS, Session, client_session, complaints
from trader.core.access import Access
from trader.core.candles import DAY_MS
from trader.core.past import Cause, Past
from trader.core.ports import Scope
from trader.core.snapshot import Snapshot
from trader.parts.serving import Served
from trader.sim.clock import ManualClock
from trader.venues.binance.parse_income import FLOWS, GAINS
from trader.venues.binance.signing import BinanceKeys
from trader.venues.binance.venue import BinanceVenue
from trader.venues.transport import HttpTransport

ASKED = Scope(past_ms=30 * DAY_MS)
D = Decimal


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[Session]:
    yield from client_session(monkeypatch)
    assert complaints(caplog) == []


@pytest.fixture
def client() -> Iterator[Client]:
    yield from ccxt_session()


def ours(served: Served, clock: ManualClock) -> tuple[Snapshot, Access]:
    """What our adapter reads of the same account."""
    reroute = {OFFICIAL_URL: served.server.url, WALLET_URL: served.server.url}
    with closing(HttpTransport(("fapi.binance.com", "api.binance.com"), reroute=reroute)) as transport:
        venue = BinanceVenue(
            transport,
            clock,
            account_id=served.keys.account_id,
            keys=BinanceKeys(served.keys.secrets["API_KEY"], served.keys.secrets["API_SECRET"]),
            base_url=OFFICIAL_URL,
            wallet_url=WALLET_URL,
            timeout=lambda cap_s: cap_s,
        )
        return venue.observe(ASKED), venue.access()


def past_of(snapshot: Snapshot) -> Past:
    assert isinstance(snapshot.past, Past)
    return snapshot.past


def test_the_venues_own_client_reads_the_same_rows(session: Session) -> None:
    session.buy(0.02)
    session.let_pass(9 * HOUR_MS, BTC=101_000.0)
    session.buy(0.02, side="SELL", price=100_000.0, reduce_only="true")
    exchange: Any = session.served.exchange
    exchange.venue.purse.move(exchange.model, exchange.user, D("-120.5"), "INTERNAL_TRANSFER")
    rows = session.api.get_income_history(limit=1_000, start_time=session.clock.now_ms() - DAY_MS).data()
    past = past_of(ours(session.served, session.clock)[0])
    told = Counter((row.time, row.income_type, D(row.income)) for row in rows)
    gained = Counter((one.at_ms, one.cause, one.amount) for one in past.gains)
    assert gained == Counter({(at, GAINS[kind], d): n for (at, kind, d), n in told.items() if kind in GAINS})
    assert Counter((one.at_ms, one.kind, one.amount) for one in past.flows) == Counter(
        {row: n for row, n in told.items() if row[1] in FLOWS}
    )
    assert {one.cause for one in past.gains} == {Cause.CLOSED, Cause.FEE, Cause.FUNDING}
    assert [row.symbol for row in rows if row.income_type == "REALIZED_PNL"] == [BTC]


def test_ccxt_tells_the_same_rows_apart(client: Client) -> None:
    client.ccxt.create_order("BTC/USDT:USDT", "market", "buy", 0.01)
    client.clock.advance(9 * HOUR_MS)
    client.ccxt.create_order("BTC/USDT:USDT", "market", "sell", 0.01, None, {"reduceOnly": True})
    rows = client.ccxt.fetch_ledger(None, client.clock.now_ms() - DAY_MS, 1_000)
    past = past_of(ours(client.served, client.clock)[0])
    as_ccxt = {Cause.CLOSED: "trade", Cause.FEE: "commission", Cause.FUNDING: "fee"}
    mine = [(one.at_ms, as_ccxt[one.cause], abs(one.amount)) for one in past.gains]
    mine += [(one.at_ms, "transfer", abs(one.amount)) for one in past.flows]
    theirs = [(row["timestamp"], row["type"], D(str(row["amount"]))) for row in rows]
    assert Counter(mine) == Counter(theirs)
    assert len(mine) == 5


@pytest.mark.parametrize("kind", [*GAINS, *FLOWS])
def test_ccxt_has_a_word_for_each_kind_and_calls_no_reward_a_trade(client: Client, kind: str) -> None:
    word = client.ccxt.parse_ledger_entry_type(kind)
    assert word != kind
    moved = ("transfer", "deposit", "withdrawal", "cashback", "rebate", "referral")
    assert (word in moved) is (kind in FLOWS and kind != "AUTO_EXCHANGE")


def test_ccxt_reads_the_rights_of_the_key_at_the_same_place(client: Client) -> None:
    theirs = client.ccxt.sapiGetAccountApiRestrictions()
    access = ours(client.served, client.clock)[1]
    assert (theirs["enableFutures"], theirs["enableWithdrawals"]) == (access.can_trade, access.can_withdraw)
    assert (theirs["ipRestrict"], theirs["permitsUniversalTransfer"]) == (access.is_ip_bound, access.can_move)
    assert (access.can_trade, access.can_withdraw, access.can_move) == (True, False, False)
