"""Plays real episodes on a program with a flaw, in whichever process it is asked to."""

import pytest

from trader import examine
from trader.selftest.episode import Episode
from trader.selftest.played import Played
from trader.selftest.script import Script


def looks_away(script: Script) -> Played:
    """The program judges no position at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(examine, "_judge", lambda *_: None)
        return Episode(script).played()
