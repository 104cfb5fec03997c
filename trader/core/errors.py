"""Why a run cannot go on; the type carries the policy, the command line turns it into an exit code.

    TraderError
      Unavailable   the venue could not be reached; surely nothing was applied
      Denied        the venue refuses this key, address, permission or region
      Malformed     an answer lacked what it must have; nothing may be concluded from it
      Broken        an invariant of ours failed: a bug
      ConfigError   the operator's file, flag or folder must change first

Expected results (rejected, refused, flat, unknown) are values, not exceptions.
"""


class TraderError(Exception):
    """Base of all expected reasons to stop; the text is for a person at three in the morning."""


class Unavailable(TraderError):
    """No answer could be had; the request was surely not applied."""


class Denied(TraderError):
    """The venue understood and refuses us: key, address, permission, ban, region."""


class Malformed(TraderError):
    """An answer arrived but a required part was missing or of the wrong kind."""


class Broken(TraderError):
    """An invariant of this program failed; never expected, always a bug."""


class ConfigError(TraderError):
    """Configuration, credentials or local folders are not usable as they are."""


def require(condition: bool, text: str) -> None:
    """Stop when an invariant does not hold; unlike `assert`, never compiled away."""
    if not condition:
        raise Broken(text)
