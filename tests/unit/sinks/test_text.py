"""What a person reads of a run, and what cron does not get to mail."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from tests.support.frozen_values import values
from tests.support.reports import NOON_MS, a_long, a_report, a_stop_move, an_entry, emergency_flat, held, seen
from trader.core.orders import Accepted, Refusal, Rejected, Unknown, Unreadable
from trader.core.report import Done, Exit, Foreign, Naked, Refused, Report, Unread, Verdict, Verified
from trader.core.snapshot import Snapshot
from trader.core.standing import Fall, Money, Standing
from trader.core.target import Stay, WantEntry
from trader.core.text import number, printable, utc
from trader.sinks.plan_text import diff_lines
from trader.sinks.run_json import to_run_json
from trader.sinks.text import run_text
from trader.sinks.wording import EXIT_ADVICE

FILLED = Accepted("77", Decimal("0.01"), Decimal(100_100))


def done(action: Any, outcome: Any = FILLED) -> Done:
    return Done(action, outcome, NOON_MS, NOON_MS + 300)


def test_a_run_that_holds_reads_like_this() -> None:
    text = run_text(a_report(held(a_long())), next_ms=NOON_MS + 1_800_000)
    assert text.splitlines() == [
        "paper hyperliquid main: run at 2025-11-21 12:00:00 UTC, 2.1 s",
        "saw     equity 1,000.50 USD, 33.3 % of it in margin, 1 position, BTC 100,000",
        "open    BTC long 0.01 at 100,000, mark 101,000, 1,010.00 USD, liquidation 68,000 (32.7 % away)",
        "BTC     no break of the range",
        "proof   BTC 0.01 covered by its stop at 96,000",
        "next    12:30:00 UTC",
    ]


def test_a_run_that_enters_says_what_was_sent_and_what_came_of_it() -> None:
    text = run_text(a_report(held(a_long()), done=(done(an_entry()),)))
    said = "did     BTC enter long 0.01 up to 100,300, stop 96,000, target 107,000: 0.01 filled at 100,100 "
    assert said + "(high broke the range)" in text


def test_a_lost_child_of_an_entry_is_said() -> None:
    outcome = replace(FILLED, attached=(Accepted("78"), Rejected(Refusal.RULE, "tick")))
    text = run_text(a_report(held(a_long()), done=(done(an_entry(), outcome),)))
    assert "filled at 100,100; rejected (rule): tick" in text


def test_a_refused_entry_is_the_one_reason_of_its_coin() -> None:
    want = WantEntry(an_entry().leg, 300.0, 0.04, 0.07, NOON_MS, "high broke the range")
    refused = Refused(an_entry(), "drift", "mark left the close")
    text = run_text(a_report(verdict=Verdict({"BTC": want}, (), (refused,))))
    assert "BTC     no entry (long wanted), refused by drift: mark left the close" in text
    assert text.count("BTC  ") == 1


@pytest.mark.parametrize(
    ("proof", "code", "said"),
    [
        (
            Naked("BTC", Decimal("0.01"), ("stop refused", "close refused")),
            Exit.NAKED,
            "BTC 0.01 is NAKED; tried: stop refused; close refused",
        ),
        (Unread("BTC", "timeout"), Exit.UNREADABLE, "BTC cover could not be read: timeout"),
        (emergency_flat(), Exit.EMERGENCY, "BTC closed in an emergency and read back flat: no stop could"),
        (Foreign("BTC", Decimal(1), False), Exit.FOREIGN_UNCOVERED, "BTC 1 is not ours and has no stop"),
    ],
)
def test_what_is_wrong_is_said_with_the_exit_code(proof: Any, code: Exit, said: str) -> None:
    report = a_report(verified=Verified((proof,)), codes=frozenset({code, Exit.OK}))
    for quiet in (False, True):
        text = run_text(report, quiet=quiet)
        assert said in text
        assert f"exit    {int(code)}: " in text
        assert "\ndo      " in text


def test_every_exit_code_of_a_run_says_what_to_do() -> None:
    assert set(EXIT_ADVICE) == set(Exit) - {Exit.OK, Exit.USAGE, Exit.BUSY}


def test_the_reason_of_an_entry_is_said_once() -> None:
    entry = an_entry()
    want = WantEntry(entry.leg, 300.0, 1.0, 2.0, 0, entry.reason)
    text = run_text(a_report(verdict=Verdict({entry.coin: want}, (entry,), ()), done=(done(entry),)))
    assert text.count(entry.reason) == 1
    assert f"({entry.reason})" in run_text(a_report(done=(done(entry),)))


def test_a_dark_venue_is_not_an_empty_account() -> None:
    dark = replace(
        a_report(),
        snapshot=None,
        verdict=None,
        verified=None,
        codes=frozenset({Exit.UNREADABLE}),
        problems=("no answer",),
    )
    text = run_text(dark)
    assert "saw     nothing: the venue gave no account" in text
    assert "proof   none: verify did not run" in text
    assert "problem no answer" in text
    assert "position" not in text.splitlines()[1]


def test_a_quiet_run_that_was_clean_prints_nothing() -> None:
    assert run_text(a_report(held(a_long())), quiet=True) == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"done": (done(a_stop_move()),)},
        {"problems": ("the halt file cannot be read",)},
        {"codes": frozenset({Exit.UNKNOWN})},
        {"verified": Verified((emergency_flat(),))},
    ],
    ids=lambda c: next(iter(c)),
)
def test_a_quiet_run_with_an_event_prints_all(changes: dict[str, Any]) -> None:
    report = a_report(held(a_long()), **changes)
    assert run_text(report, quiet=True) == run_text(report) != ""


def test_remote_text_cannot_forge_or_hide_a_line() -> None:
    evil = "x\nproof   BTC covered\x1b[2K\r\u202egnp\u2028"
    report = a_report(
        verdict=Verdict({"B\nTC": Stay(evil)}, (), ()),
        done=(done(an_entry(), Rejected(Refusal.OTHER, evil)), done(an_entry(), Unknown(evil))),
        verified=Verified((Unread("BTC\x1b", evil),)),
        problems=(evil,),
        notes=(evil,),
    )
    text = run_text(report)
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.count("\nproof ") == 1
    assert "\\x1b[2K\\x0d\\u202egnp\\u2028" in text


@settings(max_examples=30, deadline=None, derandomize=True, phases=[Phase.generate])
@given(values(Report))
def test_no_report_breaks_the_telling(report: Report) -> None:
    text = run_text(report)
    assert all(line.isprintable() for line in text.split("\n"))
    assert to_run_json(report)["exit_code"] == int(report.exit_code)


def test_the_json_form_is_this_one() -> None:
    told = to_run_json(a_report(held(a_long()), done=(done(an_entry(), Unknown("timeout")),)))
    assert told["schema"] == "trader.run/1"
    assert (told["equity"], told["exit_code"], told["exit_codes"]) == ("1000.5", 0, [0])
    assert told["positions"][0]["liquidation"] == "68000"
    assert told["done"][0]["outcome"] == {"is": "Unknown", "reason": "timeout", "resend": None}
    assert told["proofs"][0]["is"] == "Protected"
    assert set(told) == {
        *("schema", "realm", "command", "venue", "account", "started_ms", "ended_ms", "venue_ms"),
        *("exit_code", "exit_codes", "equity", "positions", "wants", "approved", "refused", "done", "proofs"),
        *("problems", "notes", "requests", "tripped", "naked_ms", "standing", "halted", "halted_since_ms"),
    }


def test_the_json_form_tells_how_the_account_stands_and_what_could_not_be_counted() -> None:
    money = Money(5, Decimal("-4"), Decimal("-1"), Fall(Decimal("0.125"), 3))
    standing = Standing(money, 2, 0, {"BTC": 1}, {}, 0)
    told = to_run_json(a_report(standing=standing, halted=True, halted_since_ms=7))
    assert told["standing"]["money"]["day_gain"] == "-4"
    assert told["standing"]["money"]["fall"] == {"fraction": "0.125", "since_ms": 3}
    assert (told["standing"]["streak"], told["standing"]["emergency_closes"]) == (2, {"BTC": 1})
    assert (told["halted"], told["halted_since_ms"], told["naked_ms"]) == (True, 7, None)
    dark = to_run_json(a_report(standing=replace(standing, money="not read")))
    assert dark["standing"]["money"] == "not read"


def plan(*approved: Any, refused: tuple[Refused, ...] = (), snapshot: Snapshot | None = None) -> list[str]:
    verdict = Verdict({"BTC": Stay("no break")}, approved, refused, ("a note",))
    return diff_lines(verdict, snapshot or seen(held(a_long())))


def test_a_plan_shows_what_stays_and_what_comes() -> None:
    live = "liquidation 68,000 (32.7 % away)"
    moved = "+ BTC place stop at 98,000 for the long (whole position); 980.00 USD"
    assert plan(a_stop_move()) == [
        f"= BTC stop sell 0.01 at 96,000; 960.00 USD, {live}; live, stays",
        f"{moved}, {live}; trailed the best price",
        "  a note",
    ]


def test_a_plan_shows_an_entry_with_its_exits_and_an_estimate() -> None:
    estimate = "liquidation about 99.0 % away (estimate)"
    entry = "+ BTC enter long 0.01 up to 100,300, stop 96,000, target 107,000; 1,000.00 USD"
    assert plan(an_entry(), snapshot=seen())[:3] == [
        f"{entry}, {estimate}; high broke the range",
        f"+ BTC stop 0.01 at 96,000; 960.00 USD, {estimate}; attached to the entry",
        f"+ BTC target 0.01 at 107,000; 1,070.00 USD, {estimate}; attached to the entry",
    ]


def test_a_plan_shows_a_refusal_and_an_unreadable_book() -> None:
    [line, _note] = plan(refused=(Refused(an_entry(), "halted", "by hand"),), snapshot=seen())
    assert line.startswith("! BTC enter long 0.01")
    assert line.endswith("refused by halted: by hand")
    dark = seen(replace(held(), orders=Unreadable("orders", "timeout\n")))
    assert plan(snapshot=dark) == [
        "! live orders could not be read: timeout\\x0a; there is nothing to compare with"
    ]


def test_a_plan_with_nothing_to_do_says_why() -> None:
    assert plan(snapshot=seen()) == ["  BTC: no break", "  a note"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1E+3"), "1,000"),
        (Decimal("0.00001"), "0.00001"),
        (Decimal("67000.50"), "67,000.5"),
        (1e-7, "0.0000001"),
        (Decimal("-1234.5"), "-1,234.5"),
    ],
)
def test_numbers_have_no_exponent(value: Decimal | float, shown: str) -> None:
    assert number(value) == shown


def test_odd_texts_and_times_stay_readable() -> None:
    assert printable("测试USDT") == "测试USDT"
    assert printable("x" * 500) == "x" * 297 + "..."
    assert printable("\U000e0041") == "\\U000e0041"
    assert utc(2**62) == f"{2**62} ms"


def test_a_denied_run_that_could_not_read_cover_says_what_to_do_about_both() -> None:
    lines = run_text(a_report(codes=frozenset({Exit.DENIED, Exit.UNREADABLE}))).splitlines()
    assert [line.partition(" ")[2].strip() for line in lines if line.startswith("do ")] == [
        EXIT_ADVICE[Exit.UNREADABLE],
        EXIT_ADVICE[Exit.DENIED],
    ]
