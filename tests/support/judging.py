"""What must hold between a strategy's answer and the conditions that it says led there."""

from trader.core.target import Judged, Stay, Want, WantClose


def answered(judged: Judged) -> Want:
    """The answer, after its conditions were found to explain it."""
    failed = [one for one in judged.conditions if not one.passed]
    match judged.want:
        case Stay(reason):
            assert failed, judged
            assert failed[0].told in reason, judged
        case WantClose(_, reason):
            assert failed, judged
            assert failed[0].told in reason, judged
        case _:
            assert judged.conditions and not failed, judged
    names = [one.name for one in judged.conditions]
    assert len(set(names)) == len(names), names
    assert all(one.name and one.told for one in judged.conditions), judged
    return judged.want
