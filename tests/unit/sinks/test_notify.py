"""Each event is told once, over kills and lost files; what must be told cannot be switched off."""

import json
import stat
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import a_fill, an_id
from tests.support.reports import (
    NOON_MS,
    a_close,
    a_long,
    a_report,
    a_stop_move,
    an_entry,
    emergency_flat,
    held,
)
from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.identity import Role
from trader.core.orders import Accepted, Fill, Refusal, Rejected, Unknown
from trader.core.report import Done, Exit, Naked, Report, Unread, Verified
from trader.sinks.notify import Notify, Sent


class Phone:
    """A sender that keeps what arrived; `works` is what it answers."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []
        self.answer = Sent(1)

    def send(self, title: str, body: str) -> Sent:
        if self.answer.taken:
            self.messages.append((title, body))
        return self.answer

    @property
    def lines(self) -> list[str]:
        return [line for _, body in self.messages for line in body.splitlines()]


@pytest.fixture
def phone() -> Phone:
    return Phone()


def tell(folder: Path, phone: Phone, report: Report, **options: Any) -> list[str]:
    return Notify(folder / "told", phone.send, **options).tell(report)


def fill(
    i: int, signed: str, role: Role | None, *, before: str = "0", at_ms: int = NOON_MS, **more: Any
) -> Fill:
    client_id = an_id(role) if role is not None else None
    values = {"fill_id": str(i), "order_id": f"o{i}", "client_id": client_id, "at_ms": at_ms, **more}
    return a_fill(signed, before, **values)


def run(*fills: Fill, at_ms: int = NOON_MS, **changes: Any) -> Report:
    return a_report(held(fills=fills, at_ms=at_ms), **changes)


def start(folder: Path, phone: Phone) -> None:
    """A first run, so that there is a cursor."""
    assert tell(folder, phone, run(at_ms=NOON_MS - HOUR_MS)) == []
    assert phone.messages == []


OPEN = fill(1, "0.01", Role.ENTRY)


def closing(i: int, role: Role | None, **more: Any) -> Fill:
    return fill(i, "-0.01", role, before="0.01", **more)


def test_an_open_and_a_hit_between_ticks_are_told_once(tmp_path: Path, phone: Phone) -> None:
    start(tmp_path, phone)
    stopped = closing(2, Role.STOP, price=Decimal(98_000), realised=Decimal(-20))
    for _ in range(3):
        assert tell(tmp_path, phone, run(OPEN, stopped)) == []
    [(title, body)] = phone.messages
    assert title == "paper main: hit, open"
    assert body.splitlines() == [
        "BTC long opened: 0.01 at 100,000, 2025-11-21 12:00:00 UTC",
        "BTC long closed by stop: 0.01 at 98,000, -2.0 % before fees, 2025-11-21 12:00:00 UTC",
    ]


@pytest.mark.parametrize(
    ("role", "more", "kind", "said"),
    [
        (Role.TARGET, {}, "hit", "closed by target"),
        (Role.TRAIL, {}, "hit", "closed by trail"),
        (Role.CLOSE_TIME, {}, "close", "closed by time"),
        (Role.FLATTEN, {}, "close", "closed by flatten"),
        (Role.CLOSE_EMERGENCY, {}, "emergency", "closed by emergency"),
        (None, {}, "close", "closed by manual"),
        (None, {"is_liquidation": True}, "emergency", "closed by liquidation"),
        (Role.STOP, {"is_deleverage": True}, "emergency", "closed by adl"),
    ],
)
def test_how_a_position_ended_is_read_off_the_fill(
    tmp_path: Path, phone: Phone, role: Role | None, more: dict[str, Any], kind: str, said: str
) -> None:
    start(tmp_path, phone)
    tell(tmp_path, phone, run(closing(2, role, **more)))
    [(title, body)] = phone.messages
    assert title == f"paper main: {kind}"
    assert said in body


def test_parts_of_one_order_are_one_line_and_later_parts_another(tmp_path: Path, phone: Phone) -> None:
    start(tmp_path, phone)
    first = fill(1, "0.01", Role.ENTRY, order_id="o")
    second = fill(2, "0.03", Role.ENTRY, before="0.01", order_id="o", price=Decimal(104_000))
    tell(tmp_path, phone, run(first, second))
    third = fill(3, "0.01", Role.ENTRY, before="0.04", order_id="o")
    tell(tmp_path, phone, run(first, second, third))
    assert [line.partition(", ")[0] for line in phone.lines] == [
        "BTC long opened: 0.04 at 103,000",
        "BTC long opened: 0.01 at 100,000",
    ]


def test_a_fill_that_the_venue_shows_late_is_told(tmp_path: Path, phone: Phone) -> None:
    start(tmp_path, phone)
    tell(tmp_path, phone, run(closing(2, Role.STOP)))
    early = fill(1, "0.01", Role.ENTRY, at_ms=NOON_MS - 60_000)
    tell(tmp_path, phone, run(early, closing(2, Role.STOP)))
    assert len(phone.lines) == 2
    assert "opened" in phone.lines[1]


def test_days_without_a_run_are_told_whole(tmp_path: Path, phone: Phone) -> None:
    start(tmp_path, phone)
    later = NOON_MS + 3 * DAY_MS
    tell(tmp_path, phone, run(OPEN, closing(2, Role.STOP, at_ms=later - HOUR_MS), at_ms=later))
    assert len(phone.lines) == 2
    tell(tmp_path, phone, run(OPEN, closing(2, Role.STOP, at_ms=later - HOUR_MS), at_ms=later + HOUR_MS))
    assert len(phone.lines) == 2


@pytest.mark.parametrize("damage", [None, b"", b"{", b"[]", b'{"schema":"trader.told/9"}', b"\xff"])
def test_a_lost_cursor_repeats_a_day_marked(tmp_path: Path, phone: Phone, damage: bytes | None) -> None:
    start(tmp_path, phone)
    old = fill(1, "0.01", Role.ENTRY, at_ms=NOON_MS - 25 * HOUR_MS)
    new = closing(2, Role.STOP, at_ms=NOON_MS - 23 * HOUR_MS)
    file = tmp_path / "told" / "told.json"
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage)
    for _ in range(2):
        tell(tmp_path, phone, run(old, new))
    [line] = phone.lines
    assert "closed by stop" in line
    assert line.endswith("(repeated: what was told before is not known)")


class Killed(Exception):
    """The process ends here."""


def test_a_kill_before_the_sending_is_over_loses_nothing_and_marks(tmp_path: Path, phone: Phone) -> None:
    start(tmp_path, phone)

    def dying(_title: str, _body: str) -> Sent:
        raise Killed

    with pytest.raises(Killed):
        Notify(tmp_path / "told", dying).tell(run(OPEN))
    for _ in range(2):
        tell(tmp_path, phone, run(OPEN))
    [line] = phone.lines
    assert line.endswith("(perhaps told before: the last sending was cut off)")


def test_what_nobody_took_is_told_again_without_a_mark(tmp_path: Path, phone: Phone) -> None:
    start(tmp_path, phone)
    phone.answer = Sent(0, ("address 1 (json): no",))
    assert tell(tmp_path, phone, run(OPEN)) == ["address 1 (json): no"]
    phone.answer = Sent(1, ("address 2 (json): no",))
    for expected in (["address 2 (json): no"], []):
        assert tell(tmp_path, phone, run(OPEN)) == expected
    [line] = phone.lines
    assert line.endswith("UTC")


MUST = [
    (Exit.NAKED, {"verified": Verified((Naked("BTC", Decimal("0.01"), ("stop refused",)),))}, "NAKED"),
    (Exit.EMERGENCY, {"verified": Verified((emergency_flat(),))}, "closed in an emergency"),
    (Exit.UNKNOWN, {"done": (Done(an_entry(), Unknown("timeout"), 1, 2),)}, "outcome UNKNOWN, timeout"),
    (Exit.UNREADABLE, {"verified": Verified((Unread("BTC", "timeout"),))}, "could not be read: timeout"),
    (Exit.UNREADABLE, {"verified": None}, "exit 23: cover could not be read"),
]


@pytest.mark.parametrize(("code", "changes", "said"), MUST, ids=lambda v: getattr(v, "name", ""))
def test_what_must_be_told_cannot_be_switched_off(
    tmp_path: Path, phone: Phone, code: Exit, changes: dict[str, Any], said: str
) -> None:
    start(tmp_path, phone)
    tell(tmp_path, phone, run(codes=frozenset({code}), **changes), events=frozenset())
    [line] = phone.lines
    assert said in line


def test_kinds_that_are_not_wanted_stay_untold_also_later(tmp_path: Path, phone: Phone) -> None:
    start(tmp_path, phone)
    both = run(OPEN, closing(2, Role.STOP), done=(Done(a_stop_move(), Accepted("1"), 1, 2),))
    tell(tmp_path, phone, both, events=frozenset({"hit"}))
    assert ["closed by stop" in line for line in phone.lines] == [True]
    tell(tmp_path, phone, run(OPEN, closing(2, Role.STOP)))
    assert len(phone.lines) == 1


def test_repeats_fold_to_one_an_hour_with_their_count(tmp_path: Path, phone: Phone) -> None:
    start(tmp_path, phone)
    naked = Verified((Naked("BTC", Decimal("0.01"), ()),))
    for minute in range(0, 121, 5):
        moment = NOON_MS + minute * 60_000
        tell(tmp_path, phone, run(at_ms=moment, verified=naked, codes=frozenset({Exit.NAKED})))
    assert len(phone.lines) == 3
    assert [line.partition("tried: nothing")[2] for line in phone.lines] == [
        "",
        " (11 more since 12:00:02 UTC)",
        " (11 more since 13:00:02 UTC)",
    ]


def test_a_second_coin_is_not_folded_into_the_first(tmp_path: Path, phone: Phone) -> None:
    start(tmp_path, phone)
    for coins in (("BTC",), ("BTC", "ETH")):
        proofs = tuple(Naked(coin, Decimal(1), ()) for coin in coins)
        tell(tmp_path, phone, run(verified=Verified(proofs), codes=frozenset({Exit.NAKED})))
    assert [line[:3] for line in phone.lines] == ["BTC", "ETH"]


def test_stop_moves_and_errors_are_told(tmp_path: Path, phone: Phone) -> None:
    start(tmp_path, phone)
    done = (
        Done(a_stop_move(), Accepted("1"), 1, 2),
        Done(a_stop_move("ETH"), Rejected(Refusal.RULE, "tick"), 1, 2),
        Done(a_close(), Accepted("2"), 1, 2),
    )
    codes = frozenset({Exit.DENIED})
    tell(tmp_path, phone, run(done=done, codes=codes, problems=("key has no permission\n",)))
    assert phone.lines == [
        "BTC stop now at 98,000: trailed the best price",
        "exit 11: the venue denied us: key, permission, ban or region; key has no permission\\x0a",
    ]
    tell(tmp_path, phone, run(problems=("the halt file cannot be read",)))
    assert phone.lines[2:] == ["the halt file cannot be read"]


def test_no_balance_stands_in_a_message(tmp_path: Path, phone: Phone) -> None:
    start(tmp_path, phone)
    report = a_report(
        held(a_long(), fills=(OPEN, closing(2, Role.STOP, realised=Decimal(-20))), equity="7654.3")
    )
    tell(tmp_path, phone, report)
    text = json.dumps(phone.messages)
    assert "7654" not in text
    assert "7,654" not in text
    assert "20.00" not in text


def test_without_a_folder_what_matters_is_still_told(tmp_path: Path, phone: Phone) -> None:
    (tmp_path / "told").write_text("")
    old, new = fill(1, "0.01", Role.ENTRY, at_ms=NOON_MS - 2 * HOUR_MS), closing(2, Role.STOP)
    naked = Verified((Naked("BTC", Decimal("0.01"), ()),))
    [warning] = tell(tmp_path, phone, run(old, new, verified=naked, codes=frozenset({Exit.NAKED})))
    assert "cannot be kept" in warning
    assert len(phone.messages) == 1
    assert [("opened" in x, "closed" in x, "NAKED" in x) for x in phone.lines] == [
        (False, True, False),
        (False, False, True),
    ]


def test_the_file_is_for_this_user_alone(tmp_path: Path, phone: Phone) -> None:
    start(tmp_path, phone)
    assert stat.S_IMODE((tmp_path / "told").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "told" / "told.json").stat().st_mode) == 0o600


def test_fills_that_could_not_be_read_are_told_by_the_next_run(tmp_path: Path, phone: Phone) -> None:
    start(tmp_path, phone)
    dark = replace(run(OPEN), snapshot=None, verified=None)
    tell(tmp_path, phone, dark)
    assert phone.messages == []
    tell(tmp_path, phone, run(OPEN))
    assert len(phone.lines) == 1
