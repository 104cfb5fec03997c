"""Every small flaw in the gate and its rules is noticed by a case that is asked of the gate.

Run with `-s` to read the score, and each flaw that nobody noticed.
"""

from collections import Counter

from tests.support.equivalents import EQUIVALENT
from tests.support.mutation import Workshop, fresh


def test_every_flaw_in_the_gate_is_noticed() -> None:
    shop = Workshop.opened()
    killed, survived = 0, Counter[str]()
    for name, mutant in shop.mutants():
        if shop.notices(name, mutant) is None:
            survived[mutant.name] += 1
        else:
            killed += 1
    unnoticed = sorted(survived.keys() - EQUIVALENT.keys())
    equivalent = survived.total() - sum(survived[name] for name in unnoticed)
    print(
        f"\n{killed + survived.total()} mutants, {killed} killed, {equivalent} equivalent, "
        f"{len(unnoticed)} unnoticed: {killed / (killed + survived.total() - equivalent):.1%} of the rest"
    )
    assert unnoticed == [], "\n".join(["", *unnoticed])
    assert EQUIVALENT.keys() - survived.keys() == set(), "these are noticed, or are no flaws any more"


def test_a_fresh_copy_stands_apart_from_the_program() -> None:
    """A flaw in the copy does not reach what runs, and the other way round."""
    from trader import gate
    from trader.rules import entries

    copy = fresh(Workshop.opened().codes)
    assert copy["trader.gate"] is not gate and copy["trader.gate"].Approved is not gate.Approved
    assert copy["trader.gate"].ENTRY_RULES is copy["trader.rules.entries"].ENTRY_RULES
    assert copy["trader.rules.entries"].ENTRY_RULES is not entries.ENTRY_RULES
