"""A transport that lets nobody see what was signed: whoever reads a signature in time could send it again.

What is no answer (a page, a refusal) is quoted in errors and cut there: secrets are taken out of it first,
since a part of one would be found by nobody later. An answer passes as it is: a password may be a word of it.
"""

from collections.abc import Sequence
from dataclasses import replace

from trader.core.wire import Answer, Lost, Request, Transport
from trader.parts.owners import signatures
from trader.redaction import Veil

_REFUSED = 400
_JSON = (b"{", b"[")


class VeiledTransport:
    """Hides each signature before it leaves, and takes secrets out of what errors quote."""

    def __init__(self, transport: Transport, veil: Veil) -> None:
        self._transport = transport
        self._veil = veil

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        for request in requests:
            self._veil.hide_as_sent(*signatures(request))
        return [self._heard(one) for one in self._transport.exchange(requests, timeout_s=timeout_s)]

    def _heard(self, one: Answer | Lost) -> Answer | Lost:
        if isinstance(one, Lost):
            return replace(one, reason=self._veil.text(one.reason))
        is_answer = one.status < _REFUSED and one.body.lstrip()[:1] in _JSON
        return one if is_answer else replace(one, body=self._veil.data(one.body))
