"""Where each region's accounts are traded: a key made in one region is unknown in the others."""

from collections.abc import Mapping

REGION_URLS: Mapping[str, str] = {
    "global": "https://www.okx.com",
    "eea": "https://eea.okx.com",
    "us": "https://us.okx.com",
}
