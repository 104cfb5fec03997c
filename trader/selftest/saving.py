"""Keeps the summary of a campaign in a file, every minute while it is played.

Rules: the file is written whole and then takes the place of the old one, so whoever reads it, and whatever
kills this process, finds a whole one that is a minute old at most.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trader.core.ports import Clock
from trader.selftest.campaign import Campaign, Hear
from trader.selftest.parts import Parts
from trader.selftest.summary import Asked, Found

EVERY_MS = 60_000


def saving(parts: Parts, asked: Asked, out: Path, clock: Clock, hear: Hear) -> Hear:
    """Tells whoever hears, and writes the file every minute; failures as they were found."""
    saved_ms = clock.elapsed_ms()

    def told(campaign: Campaign) -> None:
        nonlocal saved_ms
        hear(campaign)
        now_ms = clock.elapsed_ms()
        if now_ms - saved_ms >= EVERY_MS:
            saved_ms = now_ms
            write(out, parts.to_json(asked, [Found(f, f.script) for f in campaign.tally.failures.values()]))

    return told


def write(out: Path, told: Mapping[str, Any]) -> None:
    """Put a whole summary in the place of the old one."""
    part = out.with_name(f"{out.name}.part")
    part.write_text(f"{json.dumps(told, indent=2)}\n", encoding="utf-8")
    part.replace(out)
