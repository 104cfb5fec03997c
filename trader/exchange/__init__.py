"""The model exchange: matching, triggers, margin, ledger and funding as pure functions of time handed in."""
