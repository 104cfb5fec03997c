"""Every test here has a home folder of its own."""

from tests.support.own_home import home

__all__ = ["home"]
