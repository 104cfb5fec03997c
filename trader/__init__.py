"""A short-lived process that trades perpetual futures from cron and proves its stops."""

__version__ = "0.1.0"
