"""One account of USD-M futures on Binance: what it is asked, what it answers, what is sent to it."""
