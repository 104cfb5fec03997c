"""A campaign that is played in parts: what its file says of each, what failed in it, and what holds by now.

Rules: a part names its commit, because the program changes between two. An episode that failed stays told for
ever. It is open while it fails at the commit of the newest part, which plays it again before anything else,
and it counts as mended only there. What a file says is believed as it stands; one that asked for something
else is refused.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trader.oracle.seen import Violation
from trader.selftest.campaign import Campaign
from trader.selftest.known import require_known
from trader.selftest.script import Script, script_of
from trader.selftest.stored import campaign_of, to_go_on
from trader.selftest.summary import DRAWN, Asked, Found, claim, document, found_json
from trader.selftest.tally import DIFFERS, Failure

Key = tuple[str, int]
GONE = "gone"  # an episode that this program cannot play any more: nobody knows whether it holds


@dataclass(slots=True)
class Parts:
    """A campaign and its earlier parts. `wants`: what was asked of all of them alike. `played_again`: how
    many episodes of earlier parts were; `broken`: which of them still break a promise."""

    campaign: Campaign
    wants: Mapping[str, Any]
    earlier: tuple[Mapping[str, Any], ...] = ()
    before: Counter[tuple[str, str]] = field(default_factory=Counter)
    played_again: int = 0
    broken: set[Key] = field(default_factory=set)

    def failed_before(self) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Every failure of an earlier part, with that part."""
        for part in self.earlier:
            yield from ((part, failure) for failure in part["failures"])

    def play_again(self, again: Callable[[Script, bool], tuple[Violation, ...]]) -> None:
        """Whatever failed before; `again` is told whether it has to play it twice."""
        for _, failure in self.failed_before():
            twice = any(said.startswith(DIFFERS) for said in failure["violations"])
            script = script_of(failure["as_found"])
            try:
                require_known(script)
                violations = again(script, twice)
            except ValueError as error:
                violations = (Violation(GONE, 0, f"it cannot be played any more: {error}"),)
            self.played_again += 1
            if violations:
                self.broken.add((failure["tier"], failure["number"]))
                self.campaign.tally.fail(
                    Failure(failure["number"], failure["tier"], script, tuple(violations))
                )

    def to_json(self, asked: Asked, found: Collection[Found]) -> dict[str, Any]:
        """The summary of all parts; `found` holds what is open now."""
        told = document(self.campaign, asked, found)
        mended = list(self._mended())
        told["claim"] = claim(
            self.campaign.tally, mended=len(mended), drawn=self._drawn_at(asked.code), in_parts=True
        )
        told["found_and_mended"] = mended
        told["parts"] = [*self.earlier, self._part(asked, found)]
        told["to_go_on"] = {"wants": dict(self.wants), **to_go_on(self.campaign)}
        return told

    def _part(self, asked: Asked, found: Collection[Found]) -> dict[str, Any]:
        campaign, told = self.campaign, Counter(self.campaign.tally.episodes)
        told.subtract(self.before)
        tiers: dict[str, dict[str, int]] = {}
        for (tier, venue), count in sorted(told.items()):
            if count:
                tiers.setdefault(tier, {})[venue] = count
        new = [one for one in found if (one.failure.tier, one.failure.number) not in self.broken]
        return {
            "commit": asked.code,
            "seconds": round((campaign.elapsed_ms - campaign.earlier_ms) / 1000, 1),
            "workers": campaign.workers,
            "tiers": tiers,
            "tiers_sizes": dict(sorted(campaign.sizes.items())),
            "played_again": {"episodes": self.played_again, "broken": len(self.broken)},
            "ended_early": campaign.ended_early,
            "failures": [found_json(one, asked.code) for one in new],
        }

    def _mended(self) -> Iterator[dict[str, Any]]:
        for part, failure in self.failed_before():
            if (failure["tier"], failure["number"]) not in self.broken:
                yield {**failure, "found_at": part["commit"]}

    def _drawn_at(self, commit: str) -> int:
        """How many episodes of seeds were played at this commit: no others say anything of its rate."""
        now = sum(count for (tier, _), count in self.campaign.tally.episodes.items() if tier == DRAWN)
        others = (part for part in self.earlier if part["commit"] != commit)
        return now - sum(sum(part["tiers"].get(DRAWN, {}).values()) for part in others)


def parts_of(path: Path, wants: Mapping[str, Any]) -> Parts:
    """What this file holds; a new campaign where there is none. Raise ValueError where it is of another."""
    if not path.exists():
        return Parts(Campaign(), wants)
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        kept, earlier = told["to_go_on"]["wants"], tuple(told["parts"])
        campaign = campaign_of(told)
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} is no summary of a campaign in parts ({type(error).__name__}: {error}): name another"
        ) from error
    if kept != dict(wants):
        raise ValueError(f"{path} was asked for {kept} and not for {dict(wants)}: name another file")
    return Parts(campaign, wants, earlier, Counter(campaign.tally.episodes))
