"""Rounds of writes: each action one request, signed, stamped with an expiry, sent once, its bytes kept.

* The expiry counts from the venue's time in the last reading, never from this machine's clock.
* A write never raises: what could not be built or signed was never sent, and says so.
* The very bytes of a write can be sent again while their outcome is unknown; the venue counts them once.
"""

import json
from collections.abc import Callable, Sequence

from trader.core.actions import Action, Enter
from trader.core.errors import TraderError
from trader.core.frozen import frozen
from trader.core.orders import Outcome, Rejected, Unknown
from trader.core.wire import Answer, Lost, Request, Transport
from trader.venues.hyperliquid.asking import HEADERS
from trader.venues.hyperliquid.encode import encode, orders_in
from trader.venues.hyperliquid.nonces import Nonces, entry_nonce
from trader.venues.hyperliquid.outcomes import never_sent, outcome_of, outcome_of_second
from trader.venues.hyperliquid.pen import Pen
from trader.venues.venue_clock import VenueClock

# Longer than a read: the venue answers after its block, about a second later, and an early end means Unknown.
WRITE_CAP_S = 12.0


@frozen
class Sealed:
    """A signed write, ready to go; `token` is its nonce."""

    action: Action
    request: Request
    orders: int
    token: int


class Writes:
    """Sends actions for one account."""

    def __init__(
        self,
        transport: Transport,
        time: VenueClock,
        *,
        pen: Pen | None,
        base_url: str,
        expiry_ms: int,
        timeout: Callable[[float], float],
        market_number: Callable[[str], int | None],
    ) -> None:
        self._transport = transport
        self._time = time
        self._pen = pen
        self._url = f"{base_url}/exchange"
        self._expiry_ms = expiry_ms
        self._timeout = timeout
        self._market_number = market_number
        self._nonces = Nonces()
        self._sealed: dict[int, Sealed] = {}

    def perform(self, actions: Sequence[Action]) -> list[Outcome]:
        """One round; one outcome each, in the order given."""
        prepared = [self._seal(action) for action in actions]
        sealed = [one for one in prepared if isinstance(one, Sealed)]
        self._sealed |= {one.token: one for one in sealed}
        answers = self._send(sealed)
        came = {
            one.token: outcome_of(one.action, answer, orders=one.orders, token=one.token)
            for one, answer in zip(sealed, answers, strict=True)
        }
        return [came[one.token] if isinstance(one, Sealed) else one for one in prepared]

    def resend(self, unknown: Unknown) -> Outcome:
        """The same bytes once more."""
        one = None if unknown.resend is None else self._sealed.get(unknown.resend)
        if one is None:
            return unknown
        answer = self._send([one])[0]
        return outcome_of_second(one.action, answer, orders=one.orders, token=one.token)

    def _send(self, sealed: Sequence[Sealed]) -> list[Answer | Lost]:
        if not sealed:
            return []
        return self._transport.exchange([one.request for one in sealed], timeout_s=self._timeout(WRITE_CAP_S))

    def _seal(self, action: Action) -> Sealed | Rejected:
        """Build and sign; a refusal of our own when that cannot be done."""
        if self._pen is None:
            return never_sent("there is no key to sign with")
        seen_ms = self._time.seen_ms
        if seen_ms is None:
            return never_sent("the venue's clock has not been read, so no expiry can be given")
        number = self._market_number(action.coin)
        if number is None:
            return never_sent(f"the venue's number of {action.coin} cannot be had from its market table")
        if isinstance(action, Enter):
            nonce = entry_nonce(action.signal_close_ms, number)
        else:
            nonce = self._nonces.next(self._time.now_ms())
        expires_ms = seen_ms + self._expiry_ms
        try:
            wire = encode(action, number)
            signature = self._pen.sign(wire, nonce=nonce, expires_ms=expires_ms)
        except TraderError as error:
            return never_sent(str(error))
        envelope = {
            "action": wire,
            "nonce": nonce,
            "signature": signature,
            "vaultAddress": None,
            "expiresAfter": expires_ms,
        }
        body = json.dumps(envelope, separators=(",", ":")).encode()
        request = Request(self._url, body, headers=HEADERS, is_write=True)
        return Sealed(action, request, orders_in(wire), nonce)
