"""What a person reads: the failures last, each with cause and fix; quietly only what matters today."""

from dataclasses import replace

from trader.core.report import Exit
from trader.doctor.catalogue import CHECKS
from trader.doctor.findings import Check, Finding, absent, examined, failed, sound, warned
from trader.doctor.wording import doctor_json, doctor_text

TABLE = (
    Check("D01", "file", "asks", "a fault", "correct it"),
    Check("D02", "account", "asks", "no account", "get one", ("D01",)),
    Check("D03", "address", "asks", "any address", "list one", is_repeated=False),
    Check("D04", "key", "asks", "it ends", "make one"),
)


def results(**findings: Finding) -> tuple[object, ...]:
    return examined(
        TABLE, {c.code: (lambda f: lambda: f)(findings.get(c.code, sound("fine"))) for c in TABLE}
    )


def text(quiet: bool = False, **findings: Finding) -> str:
    return doctor_text("live v main", results(**findings), quiet=quiet)  # type: ignore[arg-type]


def test_each_check_has_a_line_and_a_failure_its_cause_and_fix_at_the_end() -> None:
    told = text(
        D01=failed("line 3\x1b[2J", exit_code=None), D03=warned("any"), D04=absent("none")
    ).splitlines()
    assert told[:6] == [
        "live v main",
        "D01  FAILED       file     line 3\\x1b[2J",
        "D02  not checked  account  D01 stands in the way",
        "D03  WARNING      address  any",
        "D04  -            key      none",
        "",
    ]
    assert told[6] == "WARNING D03 address: any"
    assert told[-6:] == [
        "FAILED D01 file: line 3\\x1b[2J",
        "  cause  a fault",
        "  do     correct it",
        "  not checked because of it: D02",
        "",
        (
            "1 warning, 1 failed, 1 not checked, 1 not applicable; "
            "exit 78: something here or at the account must be set right first"
        ),
    ]


def test_checks_in_a_row_that_cannot_be_made_share_a_line() -> None:
    table = (TABLE[0], *(replace(TABLE[1], code=f"D{n}") for n in range(10, 20)))
    found = examined(table, {c.code: (lambda c=c: failed("x")) for c in table})  # type: ignore[misc]
    told = doctor_text("live v main", found).splitlines()
    assert told[1:3] == ["D01  FAILED       file     x", "D10  not checked  to D19   D01 stands in the way"]
    assert "  not checked because of it: 10 checks, D10 to D19" in told


def test_a_better_cause_takes_the_place_of_the_usual_one() -> None:
    told = text(D01=failed("x", cause="this one", fix="do that"))
    assert "cause  this one" in told and "do     do that" in told and "a fault" not in told


def test_quiet_says_nothing_of_a_choice_and_tells_the_rest() -> None:
    assert text(quiet=True) == text(quiet=True, D03=warned("any")) == ""
    assert text(quiet=True, D04=warned("ends soon")).splitlines()[:3] == [
        "live v main",
        "",
        "WARNING D04 key: ends soon",
    ]
    assert "D01  " not in text(quiet=True, D01=failed("x"))


def test_two_warnings_are_counted() -> None:
    assert "2 warnings" in text(D03=warned("a"), D04=warned("b"))


def test_the_json_form_is_this_one() -> None:
    said = doctor_json({"realm": "paper"}, results(D01=failed("x")), fingerprint="1a2b3c4d")  # type: ignore[arg-type]
    assert (said["schema"], said["realm"], said["exit_code"]) == ("trader.doctor/1", "paper", 78)
    assert said["fingerprint"] == "1a2b3c4d"
    assert said["checks"][:3] == [
        {
            "code": "D01",
            "name": "file",
            "state": "failed",
            "found": "x",
            "cause": "a fault",
            "fix": "correct it",
            "needs": [],
            "blocked_by": None,
        },
        {
            "code": "D02",
            "name": "account",
            "state": "not checked",
            "found": "D01 stands in the way",
            "cause": None,
            "fix": None,
            "needs": ["D01"],
            "blocked_by": "D01",
        },
        {
            "code": "D03",
            "name": "address",
            "state": "ok",
            "found": "fine",
            "cause": None,
            "fix": None,
            "needs": [],
            "blocked_by": None,
        },
    ]


def test_every_code_that_a_check_can_end_with_has_its_words() -> None:
    codes = {check.exit_code for check in CHECKS} | {Exit.DENIED, Exit.CONFIG}
    for code in codes:
        assert f"exit {int(code)}: " in text(D01=failed("x", exit_code=code))
