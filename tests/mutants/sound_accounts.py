"""Lets an episode on a flawed program begin with the accounts that the sound one made.

Accounts that are not empty were traded by the program itself. Made by the flawed one they would be other
accounts, or none, and the flaw would show in the making of its own test.
"""

import sys
from collections.abc import Callable
from dataclasses import fields
from importlib import import_module
from types import ModuleType
from typing import Any

ACCOUNTS = "trader.selftest.accounts"
MADE = ("held", "waiting")


def keep_accounts(sound: ModuleType | None) -> None:
    """After a graft: what the process had made before it is handed out again."""
    flawed = import_module(ACCOUNTS)
    if sound is None or sound is flawed:
        return
    for name in MADE:
        setattr(flawed, name, _kept(getattr(sound, name), sound.Profile))


def sound_accounts() -> ModuleType | None:
    return sys.modules.get(ACCOUNTS)


def _kept(made: Callable[..., Any], profile_of: Callable[..., Any]) -> Callable[..., Any]:
    """The same account by the sound program's own names; a profile is a value, whichever module it is of."""

    def found(cell: Any, profile: Any) -> Any:
        return made(cell, profile_of(**{one.name: getattr(profile, one.name) for one in fields(profile)}))

    return found
