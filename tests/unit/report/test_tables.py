"""Tables and the status: every value in its place, nothing unknown shown as known, no terminal tricks."""

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

from tests.support.builders import TAG, a_fill, a_policy, a_position, a_stop, a_target, an_id
from tests.support.reports import NOON_MS, a_long, held, seen
from trader.core.identity import Role
from trader.core.market import Leg, Side
from trader.core.orders import Kind, Order, Unreadable
from trader.report.status import is_well, status_json, status_text
from trader.report.tables import Table, drawn
from trader.report.trade_table import trade_table, trades_json
from trader.report.trades import rebuild

ENTRY = a_fill("0.01", at_ms=NOON_MS - 3_600_000)
EXIT = replace(
    a_fill("-0.01", "0.01", price=Decimal(107_000), at_ms=NOON_MS, client_id=an_id(Role.TARGET)),
    fill_id="2",
    order_id="12",
)


def test_a_plain_table_is_aligned_and_numbers_stand_right() -> None:
    table = Table("title", ("coin", "P&L>"), (("BTC", "1.00"), ("kPEPE", "-100.00")), ("a note",))
    assert drawn(table, on_terminal=False).splitlines() == [
        "title",
        "coin       P&L",
        "BTC       1.00",
        "kPEPE  -100.00",
        "a note",
    ]


def test_remote_text_cannot_draw_outside_its_cell() -> None:
    table = Table("t\x1b[2J", ("coin",), (("B\nT\x1b[31mC\u202e [red]x[/red]",),), ("n\r",))
    for text in (drawn(table, on_terminal=False), drawn(table, on_terminal=True, width=100)):
        assert "\\x1b[2J" in text
        assert "B\\x0aT\\x1b[31mC\\u202e [red]x[/red]" in text
        assert "\u202e" not in text
        assert "\r" not in text


def test_rich_is_not_imported_away_from_a_terminal() -> None:
    script = (
        "import sys\n"
        "from trader.report.tables import Table, drawn\n"
        "print(drawn(Table('t', ('a',), (('b',),))), sorted(m for m in sys.modules if m == 'rich'))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "t\na\nb\n []\n"


def test_trades_read_like_this() -> None:
    text = drawn(trade_table(rebuild([ENTRY, EXIT], [], TAG), title="paper"), on_terminal=False)
    assert text.splitlines() == [
        "paper",
        "coin  leg   size  entry          price  exit           price  reason   fees  funding     P&L",
        "BTC   long  0.01  11-21 11:00  100,000  11-21 12:00  107,000  target  -0.90    +0.00  +69.10",
        "by the strategy: 1 trade, P&L +69.10 USD (fees -0.90, funding +0.00)",
    ]


def test_the_strategy_and_what_was_done_outside_it_are_totalled_apart() -> None:
    again = replace(ENTRY, fill_id="3", order_id="13", at_ms=NOON_MS + 1)
    by_hand = replace(EXIT, fill_id="4", order_id="14", at_ms=NOON_MS + 2, client_id=None)
    told = trade_table(rebuild([ENTRY, EXIT, again, by_hand], [], TAG))
    assert [note.partition(",")[0] for note in told.notes] == [
        "by the strategy: 1 trade",
        "outside the strategy: 1 trade",
        "all: 2 trades",
    ]


def test_no_figure_is_cut_at_any_width() -> None:
    table = trade_table(rebuild([ENTRY, EXIT], [], TAG), title="paper")
    row = ("BTC", "long", "0.01", "11-21 11:00", "100,000", "11-21 12:00", "107,000", "target", "+69.10")
    for width in (40, 72, 80, 100, 200):
        text = drawn(table, on_terminal=True, width=width)
        assert all(cell in text for cell in row), width
        assert ("+0.00" in next(line for line in text.splitlines() if "11-21" in line)) == (width > 80), width
        assert ("│" in text) == (width == 200), width
    lines = drawn(table, on_terminal=True, width=80).splitlines()[:3]
    assert max(len(line) for line in lines) <= 80


def test_what_is_not_known_is_a_question_mark_and_null() -> None:
    trades = rebuild([replace(EXIT, client_id=None)], [], TAG)
    row = drawn(trade_table(trades), on_terminal=False).splitlines()[1]
    assert row.split() == [
        *("BTC*", "long", "0.01", "?", "?", "11-21", "12:00", "107,000", "manual", "-0.45", "+0.00", "?")
    ]
    told = trades_json(trades)
    assert told["schema"] == "trader.trades/1"
    assert (told["trades"][0]["entry_price"], told["trades"][0]["pnl"]) == (None, None)
    assert told["totals"]["all"]["count"] == 0


def test_no_trades_say_so() -> None:
    assert drawn(trade_table([]), on_terminal=False) == "no trades\n"
    assert drawn(trade_table(rebuild([ENTRY], [], TAG)), on_terminal=False).endswith(
        "\nno trade of ours has closed\n"
    )


def status(reading: object, halted: str | None = None) -> list[str]:
    return status_text("paper", seen(reading), a_policy(), halted).splitlines()  # type: ignore[arg-type]


def test_the_status_shows_the_account_and_what_stands_behind_a_position() -> None:
    reading = held(a_long(), fills=(ENTRY,))
    reading = replace(reading, orders=(a_stop(), a_stop(97_000), a_target()))
    title, heads, row, account, halted = status(reading)
    assert title.startswith("paper hyperliquid 0x")
    assert title.endswith("at 2025-11-21 12:00:00 UTC")
    assert heads.split()[:3] == ["coin", "leg", "size"]
    assert "96,000, 97,000" in row
    assert row.split()[-3:] == ["107,000", "68,000", "ours"]
    assert account == "equity 1,000.50 USD, margin used 333.00 (33.3 %), maintenance 10.00"
    assert halted == "entries are allowed"


def test_the_status_hides_nothing_that_is_missing() -> None:
    bare = replace(held(a_long(), fills=(ENTRY,)), orders=())
    assert "NONE" in status(bare, "halted: by hand")[2]
    assert "halted: by hand" in status(bare, "halted: by hand")
    dark = replace(bare, orders=Unreadable("orders", "timeout"))
    assert status(dark)[2].count("?") == 2
    assert "orders could not be read: timeout" in status(dark)
    foreign = held(a_position("0.02", liquidation=None))
    assert status(foreign)[2].split()[-5:] == ["96,000", "none", "none", "not", "ours"]


def test_a_quiet_status_has_something_to_say_only_without_a_stop_or_when_blind() -> None:
    bare = replace(held(a_long(), fills=(ENTRY,)), orders=())
    assert is_well(seen(replace(bare, orders=(a_stop(),))))
    assert not is_well(seen(bare))
    assert not is_well(seen(replace(bare, orders=Unreadable("orders", "timeout"))))
    assert is_well(seen(held()))


def test_an_order_in_a_flat_coin_is_shown() -> None:
    lines = status(replace(held(), orders=(a_stop(),)))
    assert lines[-3:] == [
        "1 further order:",
        "  BTC stop sell 0.01 at 96,000, can only reduce",
        "no position is open",
    ]


def test_both_legs_stand_in_rows_of_their_own_and_what_waits_beside_them_in_lines() -> None:
    long = a_position("0.01", two_sided=True, liquidation=None)
    short = a_position("-0.02", two_sided=True, entry_price=Decimal("95468.77142857"), liquidation=None)
    stop = a_stop(97_000, leg=Leg.LONG, reduce_only=True)
    rung = Order("BTC", Side.SELL, Kind.LIMIT, Decimal("0.03"), Decimal(103_000), "8", None, 0, leg=Leg.SHORT)
    reading = replace(held(), positions=(short, long), orders=(rung, stop))
    lines = status(reading)
    assert [line.split()[:4] for line in lines[2:4]] == [
        ["BTC", "long", "0.01", "100,000"],
        ["BTC", "short", "-0.02", "95,468.77"],
    ]
    assert "97,000" in lines[2] and "NONE" in lines[3]
    assert lines[-2:] == ["1 further order:", "  BTC short limit sell 0.03 at 103,000"]
    told = status_json("paper", seen(reading), a_policy(), None)
    assert [p["leg"] for p in told["positions"]] == ["long", "short"]
    assert [o["leg"] for o in told["orders"]] == ["short", "long"]
    assert told["positions"][1]["entry_price"] == "95468.77142857"


def test_an_average_has_the_digits_of_a_price_and_the_json_all_of_them() -> None:
    parts = [
        replace(EXIT, fill_id=f"2{i}", size=Decimal(size), price=Decimal(price), position_before=before)
        for i, (size, price, before) in enumerate(
            [("0.003", "107000.1", Decimal("0.01")), ("0.007", "107000.3", Decimal("0.007"))]
        )
    ]
    trades = rebuild([ENTRY, *parts], [], TAG)
    assert " 107,000.2 " in drawn(trade_table(trades), on_terminal=False)
    assert trades_json(trades)["trades"][0]["exit_price"] == "107000.24"


def test_the_status_for_scripts() -> None:
    told = status_json("paper", seen(held(a_long(), fills=(ENTRY,))), a_policy(), None)
    assert (told["schema"], told["realm"], told["equity"]) == ("trader.status/1", "paper", "1000.5")
    assert told["positions"][0]["stops"] == ["96000"]
    assert told["positions"][0]["whose"] == "ours"
    dark = replace(held(a_long()), orders=Unreadable("orders", "timeout"))
    told = status_json("paper", seen(dark), a_policy(), None)
    assert (told["orders"], told["positions"][0]["stops"]) == (None, None)
