"""The key that signs, and the secrets that the configuration names, from the one place that it names.

Rules: lines `NAME=value`; <VENUE>_ACCOUNT is the account's own id at the venue, the other <VENUE>_ names are
what signs for it; every other name serves `secret:NAME`. They come from a file that only we can read, from
systemd, from a program, or from the environment: from exactly one of them, and never from an argument or the
configuration itself. Whether a key could withdraw is tested where the venue is known (parts).
"""

import os
from collections.abc import Mapping

from trader.credentials.keys import Credentials, credentials_in, hide, names_of
from trader.credentials.references import named, needs_secrets, with_secrets
from trader.credentials.secret import Secret
from trader.credentials.sources import Source, source_of
from trader.redaction import Veil
from trader.settings import Settings

__all__ = [
    "Credentials",
    "Secret",
    "Source",
    "credentials_in",
    "hide",
    "named",
    "names_of",
    "needs_secrets",
    "read_hidden",
    "source_of",
    "with_secrets",
]


def read_hidden(settings: Settings, veil: Veil) -> tuple[str, Mapping[str, Secret]]:
    """Where the credentials come from, and what they are; from here on none of them is shown."""
    source = source_of(settings.credentials, os.environ)
    values = source.read((*names_of(settings.venue), *sorted(named(settings))))
    hide(values, veil)
    return source.what, values
