"""The table of checks, in the order in which they are judged: files first, then the schedule, then the venue.

Rules: a code is never given to another check once it was released. `docs/doctor.md` shows this table, and a
test holds the two together. A check stands after everything that it needs.
"""

from trader.doctor.catalogue_local import FILES, SCHEDULE
from trader.doctor.catalogue_venue import TRADING, VENUE

CHECKS = (*FILES, *SCHEDULE, *VENUE, *TRADING)
