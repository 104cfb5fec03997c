"""What was worked out once is not worked out again, and not told of other values."""

from trader.core.known import Known


def test_an_answer_is_worked_out_once_for_the_same_objects() -> None:
    known, about, asked = Known(), ([1], "x"), []

    def work() -> str:
        asked.append("once")
        return "found"

    assert [known.once(about, "name", work) for _ in range(3)] == ["found"] * 3
    assert known.once(about, "other name", lambda: "other") == "other"
    assert asked == ["once"]


def test_an_answer_that_is_nothing_is_kept_too() -> None:
    known, about = Known(), ("x",)
    assert known.once(about, "name", lambda: None) is None
    assert known.once(about, "name", lambda: "late") is None


def test_of_other_objects_or_more_of_them_nothing_is_known() -> None:
    known, one, same = Known(), [1], "x"
    assert known.once((one, same), "name", lambda: 1) == 1
    assert known.once(([1], same), "name", lambda: 2) == 2  # equal, and another object
    assert known.once((one, same), "name", lambda: 3) == 3
    assert known.once((one, same, same), "name", lambda: 4) == 4
    assert known.once((one,), "name", lambda: 5) == 5
