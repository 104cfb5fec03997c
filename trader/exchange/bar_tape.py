"""What a whole bar brings to an exchange that goes by them: prices, what fires, funding, finer bars."""

from trader.core.frozen import frozen


@frozen
class Prices:
    """Four prices of one stretch of time."""

    open: float
    high: float
    low: float
    close: float


@frozen
class Stretch:
    """Last prices, marks, and those of the two that fire stops and targets."""

    open_ms: int
    last: Prices
    mark: Prices
    fires: Prices


@frozen
class Payment:
    """Funding that falls due: the rate, and the price at which positions are valued."""

    at_ms: int
    rate: float
    price: float


@frozen
class WholeBar:
    """One bar of a coin, with what was traded in the bar before it, its funding and the finer bars in it.

    `before`: due up to its open, paid by what was held until then; `within`: due inside it, paid by what is
    held after the fills of its open.
    """

    whole: Stretch
    volume_before: float
    before: tuple[Payment, ...] = ()
    within: tuple[Payment, ...] = ()
    inner: tuple[Stretch, ...] = ()


def inner_ms_of(bar: WholeBar) -> int | None:
    """How long each of the finer bars is; None where there are none."""
    return bar.inner[1].open_ms - bar.inner[0].open_ms if bar.inner else None
