"""Eight digits that stand for one account on one network of one venue.

The operator copies them into the configuration before real money is touched, so that a file, a key or an
account in the wrong place is noticed before the first write. The id is the one that the venue answers: what
a file claims proves nothing. Capitals do not count, since venues print addresses with and without them.
"""

import hashlib

_DIGITS = 8


def fingerprint(venue: str, network: str, account_id: str) -> str:
    """The same for the same account always; the network is part of it, so that none passes for another."""
    told = "\n".join(("trader fingerprint 1", venue, network, account_id.lower()))
    return hashlib.sha256(told.encode()).hexdigest()[:_DIGITS]
