"""Every small flaw in the gate and its rules is noticed by a case that is asked of the gate.

Run with `-s` to read the score. Flaws that change nothing are taken from their list here;
`python -m tests.support.mutation` asks all cases about those too, and takes half as long again.
"""

from tests.support.mutation import FILES, Workshop, fresh, score


def test_every_flaw_in_the_gate_is_noticed() -> None:
    found = score(whole=False)
    print(f"\n{found}")
    assert found.unnoticed == (), "\n".join(["", *found.unnoticed])
    assert found.outlived == (), "listed as changing nothing, and no flaws any more"


def test_every_file_of_the_gate_is_judged() -> None:
    from tests.support.source_tree import ROOT

    rules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "trader" / "rules").glob("[!_]*.py")}
    assert set(FILES.values()) == {"trader/gate.py", *rules}


def test_a_fresh_copy_stands_apart_from_the_program() -> None:
    """A flaw in the copy does not reach what runs, and the other way round."""
    from trader import gate
    from trader.rules import entries

    copy = fresh(Workshop.opened().codes)
    assert copy["trader.gate"] is not gate and copy["trader.gate"].Approved is not gate.Approved
    assert copy["trader.gate"].ENTRY_RULES is copy["trader.rules.entries"].ENTRY_RULES
    assert copy["trader.rules.entries"].ENTRY_RULES is not entries.ENTRY_RULES
