"""Flaws of entering, as the systems had them that lost money: incidents D1 to D3.

Each is planted with monkeypatch; its docstring says what is broken, and which second layer with it.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from tests.support.planting import everywhere
from trader import examine, run, want
from trader.core.actions import Enter
from trader.core.orders import Order
from trader.core.snapshot import Account, Holdings
from trader.core.target import CoinFacts
from trader.rules import entries
from trader.rules.book import Book
from trader.venues.hyperliquid import nonces, observation
from trader.venues.hyperliquid.rounds import Rounds

COOLDOWN_MS = 3_600_000


def without_rules(patch: pytest.MonkeyPatch, *names: str) -> None:
    """Silence rules of the gate."""
    for name in names:
        if name not in entries.ENTRY_RULES:
            raise LookupError(f"there is no rule {name}")
        patch.setitem(dict_of_rules(), name, lambda entry, book: None)


def dict_of_rules() -> dict[str, entries.Rule]:
    rules = entries.ENTRY_RULES
    if not isinstance(rules, dict):
        raise TypeError(f"the rules are {type(rules).__name__}, which cannot be changed in place")
    return rules


def nobody_looks_for_another_host(patch: pytest.MonkeyPatch) -> None:
    """Orders and fills that this process did not send are not noticed."""
    everywhere(patch, examine.others, lambda *args, **kwargs: [])


def the_position_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """The strategy is not told of the position; its rule, its cover's and the signal's look-up are gone."""
    patch.setattr(want, "CoinFacts", lambda **facts: CoinFacts(**{**facts, "holding": None}))
    without_rules(patch, "position", "once", "cover", "spent")


def entries_are_numbered_by_the_clock(patch: pytest.MonkeyPatch) -> None:
    """An entry's nonce is a fresh number, so one signal sent twice by one key counts twice."""
    more = count()
    everywhere(patch, nonces.entry_nonce, lambda signal_close_ms, number: signal_close_ms + next(more))


def no_rule_for_positions(patch: pytest.MonkeyPatch) -> None:
    """The gate does not ask whether somebody holds the coin."""
    without_rules(patch, "position")


def the_account_is_remembered(patch: pytest.MonkeyPatch) -> None:
    """An observation does not ask for the account: it is remembered as flat, with the money it had."""
    asked = Rounds.holdings

    def remembered(self: Rounds, fills_back_ms: int, orders: Any = None) -> Holdings:
        if orders is None:
            return asked(self, fills_back_ms)
        now_ms = self.time.now_ms()
        self.time.saw(now_ms)
        money = Account(Decimal(1000), Decimal(0), Decimal(0))
        return Holdings(now_ms, money, (), orders, (), now_ms - fills_back_ms, True)

    patch.setattr(Rounds, "holdings", remembered)


def positions_are_read_first(patch: pytest.MonkeyPatch) -> None:
    """Positions and fills are read before the orders, the signal is not looked up by its id, and what the
    proof of cover saw later is not looked at."""
    asked, observed = Rounds.holdings, observation.observe
    early: list[Holdings] = []

    def observe(rounds: Rounds, *args: Any, **kwargs: Any) -> Any:
        rounds.known_table()
        early.append(asked(rounds, args[1].fills_back_ms, ()))
        return observed(rounds, *args, **kwargs)

    def holdings(self: Rounds, fills_back_ms: int, orders: Sequence[Order] | None = None) -> Holdings:
        if orders is None:
            return asked(self, fills_back_ms)
        return replace(early[-1], orders=tuple(orders))

    everywhere(patch, observed, observe)
    patch.setattr(Rounds, "holdings", holdings)
    without_rules(patch, "once")
    patch.setattr(run, "_shows_more", lambda newer, seen: False)


def a_cooldown(patch: pytest.MonkeyPatch) -> None:
    """A coin that traded within the hour is not entered."""

    def cooldown(entry: Enter, book: Book) -> str | None:
        fills = book.snapshot.holdings.fills_of(entry.coin)
        recent = [f for f in fills if f.at_ms > book.snapshot.venue_ms - COOLDOWN_MS]
        return "cooldown: this coin traded within the hour" if recent else None

    patch.setitem(dict_of_rules(), "cooldown", cooldown)
