"""How large an entry is; the same rule for every strategy, with a loss cap that may be infinite."""


def entry_notional(equity: float, position_ratio: float, stop: float, single_loss_max: float) -> float:
    """The entry's value in quote currency, cut so that the stop loses at most `single_loss_max`."""
    notional = equity * position_ratio
    if notional * stop > single_loss_max:
        notional = single_loss_max / stop
    return notional
