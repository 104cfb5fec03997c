"""The campaign that every change must pass, in small: real episodes over real workers, nothing found.

`scripts/selftest merge` plays all of it, as a part of its own beside the tests; here a handful shows that it
would, and that any number of workers gives the same tally.
"""

import subprocess
from pathlib import Path

from tests.support.campaign_plays import campaign
from trader.parts import NAMES
from trader.selftest.episode import play
from trader.selftest.shares import share

ROOT = Path(__file__).resolve().parents[2]
SINGLES, SEEDS = 4, 3


def test_one_worker_and_two_find_the_same_nothing() -> None:
    both = [
        campaign(play, share("A", SINGLES, NAMES, seed=1), share("C", SEEDS, NAMES, seed=1), workers=workers)
        for workers in (1, 2)
    ]
    assert both[0].tally == both[1].tally
    tally = both[0].tally
    assert [str(v) for failure in tally.failures.values() for v in failure.violations] == []
    assert {venue for _, venue in tally.episodes} == set(NAMES)
    assert (tally.total(), tally.repeated, tally.differed) == (SINGLES + SEEDS, 2, 0)
    assert sum(spread.largest for spread in tally.bare_clean.values()) == 0
    assert tally.matrix.fired and tally.sometimes["exit 0"]


def test_each_named_campaign_says_what_it_plays() -> None:
    text = (ROOT / "scripts" / "selftest").read_text(encoding="utf-8")
    for name, tiers in (
        ("merge", "--tier A --tier C=2000"),
        ("night", "--full --tier A=421200 --tier B=310000 --tier C=100000 --tier D=5000"),
        ("release", "--tier C=1000000 --tier E --tier F=60"),
    ):
        assert f"{name}) tiers=({tiers}) ;;" in text
    done = subprocess.run(
        ["bash", str(ROOT / "scripts" / "selftest"), "tomorrow"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip().endswith("no campaign 'tomorrow'; there are: merge night release")
