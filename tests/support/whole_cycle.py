"""Where a whole cycle can be traded: on a venue's embedded exchange, or with keys on its practice network.

The practice networks need, for venue OKX say, TRADER_TESTNET_OKX_ACCOUNT and one variable for each secret
that a credentials file names (TRADER_TESTNET_OKX_API_KEY, ...), an account that is flat in the coin, and some
300 of its currency. What a failed test leaves there is closed by `trader flatten`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from trader import config
from trader.clock import Deadline, SystemClock
from trader.core.identity import account_tag
from trader.core.ports import Env
from trader.parts import Keys, Link, Parts, parts_of
from trader.rehearsal import KeptWord, Stage
from trader.sim.bundle import BUNDLE_START_MINUTE
from trader.venues.transport import HttpTransport

COIN = "ETH"
NOW_MS = BUNDLE_START_MINUTE * 60_000 + 20_000


@dataclass(frozen=True)
class Place:
    """An account, and what a process has in hand that has just taken its lock."""

    env: Callable[[], Env]
    tag: int


@contextmanager
def embedded(name: str, *, two_sided: bool) -> Iterator[Place]:
    """An exchange in this process, with a clock that is moved by hand."""
    settings = config.load(None, (f"venue={name}", "paper.equity=10000")).settings
    stage = Stage(settings, parts_of(name).bundle_feed(), now_ms=NOW_MS, two_sided=two_sided)

    def env() -> Env:
        stage.pass_time(60)
        return stage.host.env()

    yield Place(env, stage.tag)


@contextmanager
def practice(name: str) -> Iterator[Place]:
    """The venue's own network for practice, where orders are real and money is not."""
    parts = parts_of(name)
    keys = practice_keys(parts)
    url = parts.base_url(practice=True, region="global")
    clock, transport = SystemClock(), HttpTransport((urlsplit(url).netloc,))

    def env() -> Env:
        deadline = Deadline.after(clock, soft_s=90, reserve_s=30)
        link = Link(
            transport,
            clock,
            account_id=keys.account_id,
            pen=parts.pen(keys, practice=True),
            base_url=url,
            timeout=deadline.timeout,
            abilities=parts.abilities,
            practice=True,
            coins=frozenset({COIN}),
        )
        return Env(
            venue=parts.adapter(link),
            clock=clock,
            deadline=deadline,
            latch=KeptWord(),
            halted=lambda: None,
            stop_requested=lambda: False,
            dirty_until_ms=0,
            locked_ms=clock.now_ms(),
        )

    with closing(transport):
        yield Place(env, account_tag(keys.account_id))


def practice_keys(parts: Parts) -> Keys:
    """Account and secrets from the environment."""
    prefix = f"TRADER_TESTNET_{parts.name.upper()}"
    names = {name: f"{prefix}_{name}" for name in ("ACCOUNT", *parts.secret_names)}
    missing = [variable for variable in names.values() if not os.environ.get(variable)]
    if missing:
        raise LookupError(
            f"set {', '.join(missing)}: an account of {parts.name}'s practice network and its key"
        )
    secrets = {name: os.environ[names[name]] for name in parts.secret_names}
    account = os.environ[names["ACCOUNT"]]
    return Keys(account.lower() if account.startswith("0x") else account, secrets)
