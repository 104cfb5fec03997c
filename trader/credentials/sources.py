"""Where the credentials come from: one of four places, and nowhere else when that one fails.

* A file of ours that nobody else can read (`trader.config.private`).
* What systemd put into $CREDENTIALS_DIRECTORY for this run (LoadCredential=, LoadCredentialEncrypted=).
* What a program prints (`trader.credentials.program`).
* The environment: the weakest, since programs that this user starts beside us may inherit it.
"""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from trader.config import forms
from trader.config.private import read_handed_over, read_private
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.credentials.lines import parsed
from trader.credentials.secret import Secret
from trader.settings import CredentialSettings

DIRECTORY = "CREDENTIALS_DIRECTORY"


@frozen
class Source:
    """`what` is its name in errors; `read` returns the values, of the environment only those asked for."""

    what: str
    read: Callable[[Collection[str]], dict[str, Secret]]


def source_of(said: CredentialSettings, environ: Mapping[str, str]) -> Source:
    """The place that the configuration names. Raise ConfigError when it names none, or two."""
    given = said.given
    if len(given) != 1:
        told = f"{' and '.join(given)} are both given: keep one" if given else "credentials.file is missing"
        raise ConfigError(f"{told}; name a 0600 file, as `trader init` shows")
    if said.file is not None:
        return _file(Path(said.file))
    if said.systemd is not None:
        return _systemd(said.systemd, environ)
    if said.command:
        return _program(said.command)
    what = "credentials in the environment"
    return Source(what, lambda names: {n: Secret(environ[n]) for n in names if n in environ})


def _file(path: Path) -> Source:
    def read(names: Collection[str]) -> dict[str, Secret]:
        if not path.exists() and not path.is_symlink():
            lines = ", ".join(f"{name}=..." for name in names)
            raise ConfigError(
                f"credentials {path}: no such file; write one with the lines {lines}, readable by you alone: "
                f"chmod 600 {path}"
            )
        return parsed(read_private(path, "credentials"), f"credentials {path}")

    return Source(f"credentials {path}", read)


def _systemd(name: str, environ: Mapping[str, str]) -> Source:
    what = f"credentials of systemd ({name})"

    def read(_names: Collection[str]) -> dict[str, Secret]:
        folder = environ.get(DIRECTORY)
        if not folder:
            raise ConfigError(
                f"{what}: {DIRECTORY} is not set: this run was not started by a unit with "
                f"LoadCredential={name}:FILE; start it with systemctl, or use credentials.file"
            )
        return parsed(read_handed_over(Path(folder) / name, what), what)

    return Source(what, read)


def _program(arguments: tuple[str, ...]) -> Source:
    program = forms.path(arguments[0])
    what = f"credentials from the program {program}"

    def read(_names: Collection[str]) -> dict[str, Secret]:
        from trader.credentials.program import output_of

        return parsed(output_of((program, *arguments[1:]), what), what)

    return Source(what, read)
