"""Telling: sinks are functions of the Report, run after the lock is released; none can delay trading."""
