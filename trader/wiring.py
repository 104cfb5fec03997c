"""The composition root: builds what a command needs from the configuration; the only place that knows
the embedded exchange from a test network from the real one.

A paper connection ends at the embedded exchange, in this process or at a loopback address, and its key is
derived from a label: it controls nothing anywhere. A test network gets the operator's key and the test host
alone. The real network is refused until its last safeguards exist.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from trader.config import Loaded
from trader.config.places import home
from trader.core.errors import ConfigError
from trader.core.identity import account_tag
from trader.core.policy import Policy
from trader.core.ports import Clock, Venue
from trader.core.wire import Transport
from trader.settings import Settings, policy_of

if TYPE_CHECKING:
    from trader.sim.feed import Feed

MAINNET = "https://api.hyperliquid.xyz"
TESTNET = "https://api.hyperliquid-testnet.xyz"


@dataclass(frozen=True, slots=True)
class Account:
    """Which account at which venue, before anything is connected."""

    venue: str
    network: str
    account_id: str

    @property
    def tag(self) -> int:
        return account_tag(self.account_id)


@dataclass(frozen=True, slots=True)
class Keys:
    """An account's address and the key that may trade for it; never shown."""

    account_address: str
    agent_key: str

    def __repr__(self) -> str:
        return f"Keys({self.account_address}, ...)"


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a command's files are, from the home in passwd and the account alone."""

    halt: Path
    state: Path
    paper_file: Path
    lock_dir: Path | None


@dataclass(frozen=True, slots=True)
class Wired:
    """Everything that follows from a configuration and has not yet touched the network."""

    settings: Settings
    account: Account
    keys: Keys
    folders: Folders

    @property
    def realm(self) -> str:
        return self.settings.mode

    @property
    def is_untouched(self) -> bool:
        """An embedded exchange of this machine that no command has used yet: it holds nothing."""
        paper = self.settings.mode == "paper" and self.settings.paper.url is None
        return paper and not self.folders.paper_file.exists()


def wire(loaded: Loaded) -> Wired:
    """Find out whose account this is, and where its files are. Reads credentials, connects to nothing."""
    settings = loaded.settings
    keys = _keys(settings)
    account = Account(settings.venue, settings.mode, keys.account_address.lower())
    state = home() / ".local/state/trader" / f"{account.venue}-{account.network}-{account.tag:04x}"
    beside = loaded.path.parent if loaded.path is not None else home() / ".config/trader"
    folders = Folders(
        halt=beside / f"halt-{account.venue}-{account.network}-{account.tag:04x}.json",
        state=state,
        paper_file=Path(settings.paper.file)
        if settings.paper.file
        else state / f"exchange-{settings.paper.feed}.sqlite",
        lock_dir=Path(settings.lock_dir) if settings.lock_dir else None,
    )
    return Wired(settings, account, keys, folders)


def _keys(settings: Settings) -> Keys:
    match settings.mode:
        case "paper":
            from trader.sim.hyperliquid.identity import paper_identity

            paper = paper_identity(settings.account)
            return Keys(paper.account_address, paper.agent_private_key)
        case "testnet":
            from trader.credentials import read

            if settings.credentials.file is None:
                raise ConfigError("credentials.file is missing; name a 0600 file, as `trader init` shows")
            found = read(Path(settings.credentials.file), venue=settings.venue)
            keys = Keys(found.account_address, found.agent_key.reveal())
            _refuse_own_key(keys, settings.credentials.file)
            return keys
        case "live":
            raise ConfigError(
                "mode: live is refused by this version: its last safeguards (full risk limits and `trader "
                "doctor`) are not built yet. Use mode: paper or mode: testnet"
            )


def _refuse_own_key(keys: Keys, file: str) -> None:
    """An agent's key can trade; the account's own key can also withdraw, and has no place on this machine."""
    from trader.sim.hyperliquid.typed_data import address_of_key

    if address_of_key(bytes.fromhex(keys.agent_key.removeprefix("0x"))) == keys.account_address.lower():
        raise ConfigError(
            f"credentials {file}: the key is the account's own, which can withdraw; create an API wallet at "
            "the venue, approve it for this account, and put that wallet's key here"
        )


def policy_for(wired: Wired, only: tuple[str, ...] = ()) -> Policy:
    """What decisions may know; `only` narrows which coins may be entered."""
    unknown = sorted(set(only) - set(wired.settings.markets))
    if unknown:
        raise ConfigError(_unknown_coin(unknown[0], wired.settings))
    coins = frozenset(only or wired.settings.markets)
    return policy_of(wired.settings, account_tag=wired.account.tag, entries_for=coins)


def _unknown_coin(coin: str, settings: Settings) -> str:
    from difflib import get_close_matches

    near = get_close_matches(coin.upper(), settings.markets, n=3, cutoff=0.4)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    names = ", ".join(sorted(settings.markets)) or "none"
    return f"coin {coin} is not under `markets` in the configuration (there: {names}){hint}"


@dataclass(frozen=True, slots=True)
class Connection:
    """A venue that can be asked, how many requests that took so far, and how to let go of it."""

    venue: Venue
    requests: Callable[[], int]
    close: Callable[[], None]


def connect(wired: Wired, clock: Clock, timeout: Callable[[float], float]) -> Connection:
    """The venue, ready to be asked; `timeout` bounds each request by what is left of the run."""
    from trader.venues.hyperliquid.pen import CcxtPen
    from trader.venues.hyperliquid.venue import HyperliquidVenue

    is_test = wired.settings.mode == "testnet"
    base_url = TESTNET if is_test else MAINNET
    wire_to = _embedded if wired.settings.mode == "paper" and wired.settings.paper.url is None else _over_http
    transport, requests, close = wire_to(wired, clock, base_url)
    venue = HyperliquidVenue(
        transport,
        clock,
        account_address=wired.keys.account_address,
        pen=CcxtPen(wired.keys.agent_key, source="b" if is_test else "a"),
        base_url=base_url,
        timeout=timeout,
    )
    return Connection(venue, requests, close)


Ends = tuple[Transport, Callable[[], int], Callable[[], None]]


def _over_http(wired: Wired, clock: Clock, base_url: str) -> Ends:
    """A test network, or an embedded exchange that runs already: then nothing can reach another host."""
    from trader.venues.transport import HttpTransport

    settings = wired.settings
    reroute = {}
    if settings.mode == "paper":
        if settings.paper.url is None:
            raise ConfigError("paper.url is missing")
        reroute = {base_url: settings.paper.url}
    transport = HttpTransport((urlsplit(base_url).netloc,), reroute=reroute)
    return transport, lambda: transport.traffic.requests, transport.close


def _embedded(wired: Wired, clock: Clock, _base_url: str) -> Ends:
    """The embedded exchange in this process; its memory is a file of its own."""
    from trader.sim.clock import VenueTime
    from trader.sim.hyperliquid.build import stored_app
    from trader.sim.hyperliquid.identity import paper_identity
    from trader.sim.hyperliquid.switches import Switches
    from trader.sim.line import Line
    from trader.sim.mount import Mount

    folder = wired.folders.paper_file.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"the embedded exchange's folder {folder} cannot be made: {error.strerror}; set paper.file"
        ) from error
    venue_time = VenueTime(clock)
    now_ms = venue_time.now_ms()
    app = stored_app(
        wired.folders.paper_file,
        _feed(wired.settings, clock),
        start_ms=now_ms - now_ms % 60_000,
        switches=Switches(equity=wired.settings.paper.equity),
    )
    app.declare(paper_identity(wired.settings.account))
    mount = Mount(Line(app), clock, venue_time=venue_time)
    return mount, lambda: mount.requests, app.close


def _feed(settings: Settings, clock: Clock) -> "Feed":
    """The shipped prices, or the venue's public ones, which need no key."""
    from trader.sim.hyperliquid.build import hyperliquid_bundle_feed

    if settings.paper.feed == "bundle":
        return hyperliquid_bundle_feed()
    from trader.sim.hyperliquid.public_feed import VenuePublicFeed
    from trader.venues.transport import HttpTransport

    public = HttpTransport((urlsplit(MAINNET).netloc,))
    return VenuePublicFeed(public, clock, sorted(settings.markets))
