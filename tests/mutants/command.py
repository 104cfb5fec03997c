"""`scripts/attack`: breaks the program on purpose, and asks the judge whether it notices."""

import argparse
import os
import sys
import time
from collections.abc import Sequence

from tests.mutants import attack, page
from tests.mutants.forked import forked
from tests.mutants.row import Row, every_row, row_named, write_script


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/attack", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    rows = parts.add_parser("rows", help="play every row on its own episode")
    rows.add_argument("names", nargs="*")
    rows.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    show = parts.add_parser("show", help="print the change and the episode of a row")
    show.add_argument("name")
    find = parts.add_parser("find", help="look for an episode that shows a row")
    find.add_argument("names", nargs="*", help="default: every row without an episode")
    find.add_argument("--like", default="", help="only episodes whose line contains this")
    find.add_argument("--venue", action="append", help="only this venue")
    find.add_argument("--accept", default=None, help="this invariant (default: the row's own)")
    find.add_argument("--seconds", type=float, default=60.0)
    find.add_argument("--write", action="store_true", help="write the episode into the row")
    made = parts.add_parser("generated", help="attack with generated changes")
    made.add_argument("--every", type=int, default=10)
    made.add_argument("--file", action="append")
    made.add_argument("--seconds", type=float, default=float("inf"))
    made.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    made.add_argument("--keep", action="store_true", help="keep the result for the page")
    parts.add_parser("page", help="write docs/mutants.md")
    asked = parser.parse_args(arguments)
    match asked.part:
        case "rows":
            return _rows(asked)
        case "show":
            return _show(row_named(asked.name))
        case "find":
            return _find(asked)
        case "generated":
            from tests.mutants.toll import attack_generated

            return attack_generated(asked)
        case _:
            page.PAGE.write_text(page.page(), encoding="utf-8")
            return 0


def _rows(asked: argparse.Namespace) -> int:
    rows = [row_named(name) for name in asked.names] or list(every_row())
    began_s = time.monotonic()
    wrong = attack.sound(rows)
    print(f"the program as it is: {len(wrong)} of {len(rows)} episodes break something")
    for row, shown in attack.attacked([row for row in rows if row.script], at_once=asked.at_once):
        why = attack.judged(row, shown)
        wrong += [why] if why else []
        print(f"{row.name}: {' '.join(sorted(shown.invariants)) or shown.failure or 'nothing'}")
    wrong += [f"{row.name}: no episode is known" for row in rows if not row.script]
    print("\n".join(wrong))
    print(f"{len(rows) - len(wrong)} of {len(rows)} as said, in {time.monotonic() - began_s:.1f} s")
    return 1 if wrong else 0


def _show(row: Row) -> int:
    print(f"{row.name}: {row.what}; noticed by {row.notices}")
    for patch in row.patches:
        print(f"\n{patch.file}\n" + "".join(f"- {line}\n" for line in patch.old.splitlines()), end="")
        print("".join(f"+ {line}\n" for line in patch.new.splitlines()), end="")
    print(f"\ntrader selftest --replay '{row.script}'   (of the program as it is: no violation)")
    return 0


def _find(asked: argparse.Namespace) -> int:
    from tests.mutants.candidates import VENUES, candidates, make_accounts

    rows = [row_named(name) for name in asked.names] or [row for row in every_row() if not row.script]
    make_accounts(asked.venue or VENUES)
    lines = list(candidates(asked.venue or VENUES, asked.like))
    lacking = [row for row in rows if not _found(row, lines, asked)]
    return 1 if lacking else 0


def _found(row: Row, lines: Sequence[str], asked: argparse.Namespace) -> bool:
    """Look for one; an episode in which the program as it is breaks something shows nothing."""
    left = [line for line in lines if attack.suits(row, line)]
    until_s, wanted = time.monotonic() + asked.seconds, asked.accept or row.notices
    while left and time.monotonic() < until_s:
        work = attack.search_on(row, left, until_s - time.monotonic(), wanted)
        ended = forked(work, limit_s=asked.seconds + attack.LIMIT_S)
        if ended.failure is not None:
            print(f"{row.name}: {ended.failure}")
            return False
        place, seen, tried = ended.value
        for at, invariants, words in seen:
            print(f"    {' '.join(invariants)}: {left[at]}\n        {words}", flush=True)
        if place is None:
            break
        if not attack.broken_in(left[place]):
            print(f"{row.name}: {left[place]}", flush=True)
            if asked.write:
                write_script(row, left[place])
            return True
        left = left[tried:]
    print(f"{row.name}: none that breaks {wanted}", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
