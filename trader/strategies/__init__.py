"""What each strategy wants, as pure functions of closed candles, facts and the operator's policy."""
