"""A transport that lets nobody see what was signed: whoever reads a signature in time could send it again."""

from collections.abc import Sequence

from trader.core.wire import Answer, Lost, Request, Transport
from trader.parts.owners import signatures
from trader.redaction import Veil


class VeiledTransport:
    """Hands everything on as it is, and hides each signature before it leaves."""

    def __init__(self, transport: Transport, veil: Veil) -> None:
        self._transport = transport
        self._veil = veil

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        for request in requests:
            self._veil.hide_as_sent(*signatures(request))
        return self._transport.exchange(requests, timeout_s=timeout_s)
