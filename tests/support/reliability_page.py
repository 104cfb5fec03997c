"""The tables of docs/reliability.md and docs/matrix.md, from the summaries of campaigns as they were written.

Run as a program it writes them into the pages: `python -m tests.support.reliability_page`. A test holds the
pages to the summaries, so that no number of theirs was typed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.source_tree import ROOT
from trader.selftest.matrix import matrix_of, table
from trader.selftest.script import script_of

CAMPAIGNS = ROOT / "docs/campaigns"
REGRESSIONS = ROOT / "tests/regressions"
PAGE, MATRIX = ROOT / "docs/reliability.md", ROOT / "docs/matrix.md"
Summary = Mapping[str, Any]


def summary(name: str) -> Summary:
    found: Summary = json.loads((CAMPAIGNS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def names() -> list[str]:
    """The campaigns of which a summary is kept."""
    return sorted(path.stem for path in CAMPAIGNS.glob("*.json"))


def played(name: str) -> Iterator[str]:
    """What was played, and what it showed."""
    told = summary(name)
    here = told["here"]
    yield "| what | |"
    yield "|---|---|"
    commits = dict.fromkeys(part["commit"] for part in told.get("parts", (told,)))
    yield f"| code | {', '.join(f'`{commit}`' for commit in commits)}, seed {told['seed']} |"
    for tier, by_venue in told["tiers"].items():
        counts = ", ".join(f"{venue} {count:,}" for venue, count in by_venue.items())
        yield f"| tier {tier}: {told['tiers_asked'][tier]} | {counts}{_share(told, tier)} |"
    yield f"| episodes, runs of the trader | {told['episodes']:,}, {told['runs']:,} |"
    yield f"| violations | {told['violations']}{_mended(told)} |"
    twice = told["played_twice"]
    yield f"| played twice, not the same bytes | {twice['episodes']:,}, {twice['differed']} |"
    yield f"| runs ended with | {', '.join(f'{code} ({n:,})' for code, n in told['codes'].items())} |"
    speed, workers = told["episodes_per_second"], _plural(here["workers"], "worker")
    runs = f"{told['runs'] / here['seconds']:.0f} runs"
    yield f"| speed there | {speed} episodes, {runs} a second with {workers}; {here['seconds']:,.0f} s |"
    memory = {int(number): kb for number, kb in here["memory_kb_by_episodes"].items()}
    yield f"| the largest worker there | {max(memory.values()) / 1024:,.0f} MB |"


def _plural(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _share(told: Summary, tier: str) -> str:
    """How much of what was asked for was played, and how much of all there is was asked for."""
    number = sum(told["tiers"][tier].values())
    asked, size = told.get("tiers_wanted", {}).get(tier), told["tiers_sizes"].get(tier)
    words = ""
    if asked is not None and number < asked:
        words = f": {100 * number / asked:.1f} % of the {asked:,} that were asked for"
    if size is not None and (asked or number) < size:
        words += f"{',' if words else ':'} drawn evenly from {size:,}"
    is_cut = tier in told["tiers_out_of_time"] and not words
    return " (the time was over before all were played)" if is_cut else words


def _mended(told: Summary) -> str:
    """What was found in earlier parts and holds by now."""
    number = len(told.get("found_and_mended", ()))
    return f" open; {_plural(number, 'episode')} found and mended" if number else ""


def parts(name: str) -> Iterator[str]:
    """Each part of a campaign that was played in parts, and what was found in it and holds by now."""
    told = summary(name)
    tiers = list(told["tiers"])
    columns = " | ".join(f"tier {tier}" for tier in tiers)
    yield f"| part | code | {columns} | took | broke a promise | before it |"
    yield "|---" * (len(tiers) + 5) + "|"
    for number, part in enumerate(told["parts"], 1):
        counts = (f"{sum(part['tiers'].get(tier, {}).values()):,}" for tier in tiers)
        again = part["played_again"]
        before = (
            f"{again['episodes']} played again, {again['broken']} broken" if again["episodes"] else "nothing"
        )
        yield (
            f"| {number} | `{part['commit']}` | {' | '.join(counts)} | {part['seconds'] / 60:,.0f} min | "
            f"{len(part['failures'])} | {before} |"
        )
    if told["found_and_mended"]:
        yield ""
        yield "| found at | broke | kept as |"
        yield "|---|---|---|"
    for one in told["found_and_mended"]:
        yield f"| `{one['found_at']}` | {one['violations'][0]} | {kept_as(one) or 'not kept'} |"


def kept_as(found: Mapping[str, Any]) -> str | None:
    """The file in which the plan of an episode stands that broke a promise, as it was found or smaller."""
    wanted = {script_of(found["as_found"]), script_of(found["replay"].split("'")[1])}
    for path in sorted(REGRESSIONS.glob("*.plan")):
        lines = path.read_text(encoding="utf-8").splitlines()
        if any(line.startswith("v1;") and script_of(line) in wanted for line in lines):
            return f"`{path.relative_to(ROOT)}`"
    return None


def bare(name: str) -> Iterator[str]:
    """How long positions stood without cover, by the exchange's books."""
    told = summary(name)
    yield "| venue | a stop attaches | bare because of | times | p50 | p99 | longest |"
    yield "|---|---|---|---|---|---|---|"
    for cause, words in (("faults", "faults and lies"), ("hands", "somebody's hand on the account")):
        for venue, spread in told["naked_ms"][cause].items():
            cells = " | ".join(f"{spread[column] / 1000:,.3f} s" for column in ("p50", "p99", "max"))
            yield f"| {venue} | {told['attach'][venue]} | {words} | {spread['count']:,} | {cells} |"
    clean = sum(spread["max"] for spread in told["naked_ms"]["clean"].values())
    yield f"| all | | nothing: no fault, no hand, nothing that rests | | | | {clean / 1000:,.3f} s |"


def turns(name: str) -> Iterator[str]:
    """What a campaign must have met to prove anything."""
    told = summary(name)
    yield "| what must have happened | episodes |"
    yield "|---|---|"
    for what, count in [*told["sometimes"].items(), *((what, 0) for what in told["never_seen"])]:
        yield f"| {what} | {count:,} |"


def costs(name: str) -> Iterator[str]:
    """Requests of a run that nothing disturbed, and the longest run of all by its own clock."""
    told = summary(name)
    yield "| venue | requests of a clean run, p50 | most | seconds of a run, p50 | longest |"
    yield "|---|---|---|---|---|"
    for venue, spread in told["requests_of_a_clean_run"].items():
        took = told["run_ms"][venue]
        seconds = f"{took['p50'] / 1000:g} | {took['max'] / 1000:g}"
        yield f"| {venue} | {spread['p50']} | {spread['max']} | {seconds} |"


def claim(name: str) -> Iterator[str]:
    """What may be said of it, in the campaign's own words."""
    yield f"{summary(name)['claim']}."


TABLES = {"claim": claim, "played": played, "parts": parts, "bare": bare, "turns": turns, "costs": costs}


def filled(page: str) -> str:
    """The page with each `<!-- table CAMPAIGN -->` block written anew."""

    def block(found: re.Match[str]) -> str:
        kind, name = found["kind"], found["name"]
        lines = "\n".join(TABLES[kind](name)) if name in names() else "Not run yet."
        return f"<!-- {kind} {name} -->\n{lines}\n<!-- end -->"

    return re.sub(r"<!-- (?P<kind>\w+) (?P<name>\w+) -->\n.*?<!-- end -->", block, page, flags=re.S)


def matrix_page(name: str) -> str:
    """Which fault fired at which request, by venue."""
    found = matrix_of(summary(name)["faults"]["matrix"])
    lines = [
        "# Which fault met which request",
        "",
        f"From `docs/campaigns/{name}.json`: in how many episodes each fault fired at each request; a dash",
        "where it never did. A request is what was asked and how often before in that run. Faults of one",
        "kind of answer cannot fire at another, and what changes the account fires where a run first looks.",
    ]
    for venue in found.venues():
        fired, pairs = found.pairs(venue)
        lines += ["", f"## {venue}: {fired:,} of {pairs:,} pairs", "", *table(found, venue)]
    return "\n".join(lines) + "\n"


def main() -> None:
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    MATRIX.write_text(matrix_page("merge"), encoding="utf-8")


if __name__ == "__main__":
    main()
