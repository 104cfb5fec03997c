"""What a venue can do, as data: plan, gate, act and verify read these and never a venue's name.

`None` is "unknown until somebody tried it on a demo account", and is treated as "cannot". An operator who has
tried it says so in the file (`abilities`), where only what is unknown can be set.
"""

from typing import Literal

from trader.core.frozen import frozen

Attach = Literal["whole", "pro_rata", "none"]


@frozen
class Abilities:
    """One venue's.

    attach: an entry's stop in the same request arms when all of it has filled (whole), for each part as it
    fills (pro_rata), or not at all. attaches_target: the target goes along too.
    attached_stands: the attached stop may stay until it is first moved; else a standing one replaces it in
    the same run. stop_first: an exit that can only reduce is accepted while flat, and acts once there is a
    position.
    stop_entry: a conditional order can open a position. two_sided: both legs of a coin at once.
    position_bound_stop: a stop that closes whatever the position is. bound_stops_max: how many of them a
    position may have at once (None: any number); bound_targets: the same kind exists for targets.
    oversized_exit: what becomes of a fired exit that is larger than the position.
    exactly_once_nonce: the same bytes act once. write_expiry_ms: how long a write may still arrive.
    resting_expiry_min_s: the shortest life of a resting entry that ends by itself; None: it never does.
    post_only_expires: one order can be post-only and end by itself.
    amend_stop: the trigger of a live stop can be changed in place. batch_max: orders in one request.
    id_alphabet, id_length: what a client id may be. trigger_sources: prices that a stop may act on.
    """

    attach: Attach
    attaches_target: bool
    attached_stands: bool
    stop_first: bool | None
    stop_entry: bool | None
    two_sided: bool
    position_bound_stop: bool
    bound_stops_max: int | None
    bound_targets: bool
    oversized_exit: Literal["trims", "rejects"] | None
    exactly_once_nonce: bool
    write_expiry_ms: int
    resting_expiry_min_s: int | None
    amend_stop: bool
    batch_max: int
    id_alphabet: str
    id_length: int
    trigger_sources: frozenset[str]
    post_only_expires: bool = False
