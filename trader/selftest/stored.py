"""A campaign out of the summary that was kept of it, so that another part of it can be played.

Rules: whatever is added to a tally that was read adds up as if it had never been written. What had failed is
not part of it: that is played again first, because the program may have changed.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from trader.selftest.campaign import Campaign
from trader.selftest.matrix import matrix_of
from trader.selftest.tally import Spread, Tally

SPREADS = ("bare", "bare_by_hand", "bare_clean", "requests", "took")


def to_go_on(campaign: Campaign) -> dict[str, Any]:
    """What a summary must hold besides what it tells a person: how far each tier is, and whole spreads."""
    return {
        "handed_out": dict(sorted(campaign.handed_out.items())),
        "spreads": {name: _spreads_json(getattr(campaign.tally, name)) for name in SPREADS},
    }


def campaign_of(document: Mapping[str, Any]) -> Campaign:
    """What such a summary says was played, without what failed. Raise LookupError or ValueError where it is
    no summary of this kind."""
    kept = document["to_go_on"]
    twice, here = document["played_twice"], document["here"]
    spreads = {name: _spreads(kept["spreads"][name]) for name in SPREADS}
    tally = Tally(
        episodes=Counter(
            {
                (tier, venue): count
                for tier, by_venue in document["tiers"].items()
                for venue, count in by_venue.items()
            }
        ),
        codes=Counter(document["codes"]),
        sometimes=Counter(document["sometimes"]),
        planned=Counter(
            {
                (venue, what): count
                for venue, told in document["faults"]["by_venue"].items()
                for what, count in told["planned"].items()
            }
        ),
        matrix=matrix_of(document["faults"]["matrix"]),
        repeated=twice["episodes"],
        differed=twice["differed"],
        digest=int(document["digest"], 16),
        bare=spreads["bare"],
        bare_by_hand=spreads["bare_by_hand"],
        bare_clean=spreads["bare_clean"],
        requests=spreads["requests"],
        took=spreads["took"],
    )
    earlier_ms = round(here["seconds"] * 1000)
    return Campaign(
        tally,
        elapsed_ms=earlier_ms,
        earlier_ms=earlier_ms,
        memory_kb={int(count): kb for count, kb in here["memory_kb_by_episodes"].items()},
        handed_out=dict(kept["handed_out"]),
    )


def _spreads_json(by_venue: Mapping[str, Spread]) -> dict[str, dict[str, Any]]:
    """One line for each, because there are hundreds of values in it."""
    return {
        venue: {
            "largest": spread.largest,
            "counts": " ".join(f"{value}:{count}" for value, count in sorted(spread.counts.items())),
        }
        for venue, spread in sorted(by_venue.items())
    }


def _spreads(document: Mapping[str, Mapping[str, Any]]) -> dict[str, Spread]:
    found = {}
    for venue, told in document.items():
        pairs = (word.split(":") for word in told["counts"].split())
        found[venue] = Spread(Counter({int(value): int(count) for value, count in pairs}), told["largest"])
    return found
