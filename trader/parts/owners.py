"""Whose account a key signs for, as the venue answers it: asked before the first write where money is real.

Rules: one question, about the key alone; what a file claims has no part in the answer. An answer that names
no account is an error, never "probably the right one". Nor is a right to withdraw that could not be read
taken for one that the key has not.
"""

from collections.abc import Callable, Mapping

from trader.core.errors import Broken, ConfigError, Denied, Unavailable
from trader.core.fingerprint import fingerprint
from trader.core.orders import Unreadable
from trader.core.ports import Venue
from trader.core.text import printable
from trader.core.wire import Request
from trader.parts import Keys, Link

_READ_CAP_S = 8.0
_PAUSES_S = (0.5, 2.0)


def owner_of(name: str, link: Link, keys: Keys) -> str:
    """The account's own id. Raise Unavailable, Denied or Malformed when the venue does not tell it.

    Protection waits behind this answer, so a venue that is busy is asked again.
    """
    for pause_s in (*_PAUSES_S, None):
        try:
            return _OWNERS[name](link, keys)
        except Unavailable:
            if pause_s is None:
                raise
            link.clock.sleep(pause_s)
    raise Broken("the last attempt neither answered nor failed")


def require_owner(answered: str, *, venue: str, network: str, account_id: str, wanted: str | None) -> None:
    """The venue's answer against credentials and file, before anything is sent that it would do."""
    shown = printable(answered)
    if answered.lower() != account_id.lower():
        raise ConfigError(
            f"the key signs for account {shown}, and the credentials name {account_id}; nothing was sent. "
            "Use the key of that account, or correct the name"
        )
    found = fingerprint(venue, network, answered)
    if found != wanted:
        raise ConfigError(
            f"live.fingerprint: {wanted} is not this account: the venue answers account {shown}, whose "
            f"fingerprint is {found}; nothing was sent. `trader doctor --live` prints it"
        )


def risk_problem(name: str, venue: Venue) -> str | None:
    """Why no new risk may be taken with this key; an API wallet of Hyperliquid can never withdraw."""
    if name == "hyperliquid":
        return None
    access = venue.access()
    if access.can_withdraw is True or access.can_move is True:
        does = "withdraw" if access.can_withdraw is True else "move money out of the account"
        return f"the key may {does}: make one that may only trade, and delete this one; no new risk"
    for may in (access.can_withdraw, access.can_move):
        if isinstance(may, Unreadable):
            return f"whether the key may withdraw could not be read ({may.why}); no new risk until it can"
    if access.can_withdraw is None:
        return "the venue does not say whether the key may withdraw; no new risk"
    return None


def signatures(request: Request) -> tuple[str, ...]:
    """What in a request proves that we sent it: whoever reads it in time could send it again."""
    named = [value for name, value in request.headers if name == "OK-ACCESS-SIGN"]
    for text in (request.url.partition("?")[2], request.body.decode("utf-8", "replace")):
        _before, found, rest = text.partition("signature=")
        named += [rest.partition("&")[0]] if found else []
    if b'"signature":{' in request.body:
        inner = request.body.partition(b'"signature":{')[2].decode("utf-8", "replace")
        named += [part for part in inner.partition("}")[0].split('"') if part.startswith("0x")]
    return tuple(named)


def _hyperliquid(link: Link, keys: Keys) -> str:
    """An account's list of its wallets costs a third of the question about the key, and usually answers."""
    from trader.sim.hyperliquid.typed_data import address_of_key
    from trader.venues import strict
    from trader.venues.hyperliquid.asking import Questions
    from trader.venues.hyperliquid.failures import body_of
    from trader.venues.hyperliquid.parse_access import agent_ends, role

    def told(asked: Request, what: str) -> object:
        answer = link.transport.exchange([asked], timeout_s=link.timeout(_READ_CAP_S))[0]
        return strict.decode(body_of(answer, what), what)

    ask = Questions(link.base_url, link.account_id)
    signer = address_of_key(bytes.fromhex(keys.secrets["AGENT_KEY"].removeprefix("0x")))
    if signer in agent_ends(told(ask.agents(), "extraAgents")):
        return link.account_id
    found = role(told(ask.role(signer), "userRole of the key"))
    if found.name != "agent" or found.owner is None:
        raise Denied(
            f"the venue knows the key as {found.name}, not as an API wallet of an account: create one at the "
            "venue, approve it, and put its key into the credentials"
        )
    return found.owner


def _okx(link: Link, _keys: Keys) -> str:
    from trader.venues.okx import asking, parse_account
    from trader.venues.okx.envelope import data_of
    from trader.venues.okx.wire import Wire

    wire = Wire(
        link.transport,
        link.clock,
        keys=link.pen,
        base_url=link.base_url,
        simulated_header=link.practice,
        timeout=link.timeout,
    )
    return parse_account.config(data_of(wire.ask([asking.config()])[0], "account/config")).account_id


def _binance(link: Link, _keys: Keys) -> str:
    from trader.venues.binance import asking, parse_account
    from trader.venues.binance.failures import value_of
    from trader.venues.binance.rounds import Rounds
    from trader.venues.binance.signing import Pen

    rounds = Rounds(
        link.transport,
        link.clock,
        account_id=link.account_id,
        pen=Pen(link.pen, base_url=link.base_url),
        coins=(),
        timeout=link.timeout,
    )
    return parse_account.account_id(value_of(rounds.exchange([asking.BALANCE])[0], "balance"))


_OWNERS: Mapping[str, Callable[[Link, Keys], str]] = {
    "hyperliquid": _hyperliquid,
    "okx": _okx,
    "binance": _binance,
}
