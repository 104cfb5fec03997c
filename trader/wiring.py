"""The composition root: builds what a command needs from the configuration; the only place that knows
the embedded exchange from a test network from the real one.

A paper connection ends at the embedded exchange, in this process or at a loopback address, and its key is
derived from a label: it controls nothing anywhere. A test network gets the operator's key and the test host
alone. So does the real one, where three things must agree first: what the file calls itself, the fingerprint
of the account that the venue answers, and, for what can add risk, a word on the command line.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from trader import halt
from trader.config import Loaded
from trader.config.places import home
from trader.core.errors import ConfigError, TraderError
from trader.core.frozen import frozen
from trader.core.identity import account_tag
from trader.core.policy import Policy
from trader.core.ports import Clock, Venue
from trader.core.wire import Exchanged, Transport
from trader.parts import Keys, Link, parts_of
from trader.parts.owners import owner_of, require_owner, risk_problem
from trader.parts.veiled import VeiledTransport
from trader.policies import abilities_of, isolated_coins, needs_of, policy_of
from trader.redaction import Veil
from trader.settings import Settings
from trader.venues.kept import Kept

if TYPE_CHECKING:
    from trader.credentials import Secret
    from trader.sim.feed import Feed


@frozen
class Account:
    """Which account at which venue, before anything is connected."""

    venue: str
    network: str
    account_id: str

    @property
    def tag(self) -> int:
        return account_tag(self.account_id)


@frozen
class Folders:
    """Where a command's files are, from the home in passwd and the account alone."""

    halt: Path
    state: Path
    paper_file: Path
    lock_dir: Path | None


@frozen
class Wired:
    """Everything that follows from a configuration and has not yet touched the network.

    `values` are the credentials where they were read already; `veil` hides them in whatever is written.
    """

    settings: Settings
    account: Account
    keys: Keys
    folders: Folders
    values: "Mapping[str, Secret] | None" = field(repr=False)
    veil: Veil

    @property
    def realm(self) -> str:
        return self.settings.mode

    @property
    def is_untouched(self) -> bool:
        """An embedded exchange of this machine that no command has used yet: it holds nothing."""
        return self.is_in_process and not self.folders.paper_file.exists()

    @property
    def is_in_process(self) -> bool:
        """The exchange runs in this process: no write of an earlier one can still be on its way to it."""
        return self.settings.mode == "paper" and self.settings.paper.url is None


def wire(loaded: Loaded) -> Wired:
    """Find out whose account this is, and where its files are. Reads credentials, connects to nothing."""
    settings = loaded.settings
    keys, values = _keys(loaded)
    account = Account(settings.venue, settings.mode, keys.account_id)
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
    return Wired(settings, account, keys, folders, values, loaded.veil)


def _keys(loaded: Loaded) -> "tuple[Keys, Mapping[str, Secret] | None]":
    """What signs, and the credentials as they were read for it; an embedded exchange needs none."""
    settings = loaded.settings
    parts = parts_of(settings.venue)
    if settings.mode == "paper":
        return parts.paper_keys(settings.account), None
    if settings.mode == "live":
        _require_written(loaded)
    from trader.credentials import credentials_in, read_hidden

    what, values = read_hidden(settings, loaded.veil)
    found = credentials_in(values, venue=settings.venue, what=what)
    keys = Keys(found.account_id, {name: one.reveal() for name, one in found.secrets.items()})
    try:
        return parts.checked(keys), values
    except ConfigError as error:
        raise ConfigError(f"{what}: {error}") from error


def _require_written(loaded: Loaded) -> None:
    """Real money is a word in the file: a flag of one call must not make it real."""
    for name in ("mode", "live.fingerprint"):
        if loaded.sources.get(name) == "--set":
            raise ConfigError(f"{name}: --set cannot say it where money is real; write it into the file")


def require_said(wired: Wired, *, live: bool) -> None:
    """What can add risk is told on the command line whose money it risks; never a silent other mode."""
    mode = wired.settings.mode
    if live and mode != "live":
        raise ConfigError(f"--live: the configuration says mode: {mode}; nothing was sent")
    if mode == "live" and not live:
        raise ConfigError(
            "mode: live: this command can risk real money and needs --live as well; nothing was sent. Nobody "
            "has traded this version on a real account yet"
        )


def policy_for(wired: Wired, only: tuple[str, ...] = ()) -> Policy:
    """What decisions may know; `only` narrows which coins may be entered."""
    unknown = sorted(set(only) - set(wired.settings.markets))
    if unknown:
        raise ConfigError(_unknown_coin(unknown[0], wired.settings))
    coins = frozenset(only or wired.settings.markets)
    resumed_ms = halt.read(wired.folders.halt).resumed_ms
    return policy_of(wired.settings, account_tag=wired.account.tag, entries_for=coins, resumed_ms=resumed_ms)


def _unknown_coin(coin: str, settings: Settings) -> str:
    from difflib import get_close_matches

    near = get_close_matches(coin.upper(), settings.markets, n=3, cutoff=0.4)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    names = ", ".join(sorted(settings.markets)) or "none"
    return f"coin {coin} is not under `markets` in the configuration (there: {names}){hint}"


@frozen
class Connection:
    """A venue that can be asked, how many requests that took so far, the newest of them with what came back,
    and how to let go of it. `owner` asks whose account the key signs for; `link` is what the venue was built
    around."""

    venue: Venue
    requests: Callable[[], int]
    last: Callable[[], tuple[Exchanged, ...]]
    close: Callable[[], None]
    owner: Callable[[], str]
    link: Link


def connect(
    wired: Wired, clock: Clock, timeout: Callable[[float], float], *, proven: bool = True
) -> Connection:
    """The venue, ready to be asked; `timeout` bounds each request by what is left of the run.

    `proven`: where money is real, the account that the venue answers must be the one that the file means.
    """
    settings, parts = wired.settings, parts_of(wired.settings.venue)
    practice = settings.mode == "testnet"
    base_url = parts.base_url(practice=practice, region=settings.region)
    wire_to = _embedded if settings.mode == "paper" and settings.paper.url is None else _over_http
    transport, requests, close = wire_to(wired, clock, base_url)
    kept = Kept(VeiledTransport(transport, wired.veil), wired.veil.data)
    link = Link(
        kept,
        clock,
        account_id=wired.keys.account_id,
        pen=parts.pen(wired.keys, practice=practice),
        base_url=base_url,
        timeout=timeout,
        abilities=abilities_of(settings, parts.abilities),
        practice=practice,
        isolated=isolated_coins(settings),
        trigger=settings.stops.trigger,
        coins=frozenset(settings.markets),
        accounts=settings.accounts_on_this_ip,
    )
    if proven and settings.mode == "live":
        try:
            answered = owner_of(settings.venue, link, wired.keys)
            require_owner(
                answered,
                venue=settings.venue,
                network=settings.mode,
                account_id=wired.keys.account_id,
                wanted=settings.live.fingerprint,
            )
        except TraderError:
            close()
            raise
    return Connection(
        parts.adapter(link),
        requests,
        lambda: kept.last,
        close,
        lambda: owner_of(settings.venue, link, wired.keys),
        link,
    )


def withdrawal_problem(wired: Wired, venue: Venue) -> str | None:
    """Why no new risk is taken with this key, where money is real."""
    return risk_problem(wired.settings.venue, venue) if wired.settings.mode == "live" else None


Ends = tuple[Transport, Callable[[], int], Callable[[], None]]


def _over_http(wired: Wired, clock: Clock, base_url: str) -> Ends:
    """The venue itself, or an embedded exchange that runs already: then nothing can reach another host."""
    from trader.venues.transport import HttpTransport

    settings = wired.settings
    further = parts_of(settings.venue).further_urls(practice=settings.mode == "testnet")
    urls, reroute = (base_url, *further), {}
    if settings.mode == "paper":
        if settings.paper.url is None:
            raise ConfigError("paper.url is missing")
        reroute = dict.fromkeys(urls, settings.paper.url)
    transport = HttpTransport([urlsplit(url).netloc for url in urls], reroute=reroute)
    return transport, lambda: transport.traffic.requests, transport.close


def _embedded(wired: Wired, clock: Clock, _base_url: str) -> Ends:
    """The embedded exchange in this process; its memory is a file of its own."""
    from trader.exchange.fill_model import chosen
    from trader.parts.embedded import in_file
    from trader.parts.terms import terms_under
    from trader.sim.clock import VenueTime
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
    exchange = in_file(
        parts_of(wired.settings.venue).dialect(),
        _feed(wired.settings, clock),
        wired.folders.paper_file,
        label=wired.settings.account,
        start_ms=now_ms - now_ms % 60_000,
        equity=wired.settings.paper.equity,
        two_sided=_two_sided(wired.settings),
        terms=terms_under(chosen(wired.settings.fills.preset, wired.settings.fills.given)),
    )
    mount = Mount(Line(exchange.app), clock, venue_time=venue_time)
    return mount, lambda: mount.requests, exchange.close


def _two_sided(settings: Settings) -> bool:
    """How a paper account is kept: as the venue's accounts usually are, or as a strategy needs it."""
    return parts_of(settings.venue).two_sided_usual or "two_sided" in needs_of(settings)


def _feed(settings: Settings, clock: Clock) -> "Feed":
    """The shipped prices, or the venue's public ones, which need no key."""
    parts = parts_of(settings.venue)
    if settings.paper.feed == "bundle":
        return parts.bundle_feed()
    from trader.venues.transport import HttpTransport

    host = urlsplit(parts.base_url(practice=False, region=settings.region)).netloc
    return parts.public_feed(HttpTransport((host,)), clock, sorted(settings.markets))
