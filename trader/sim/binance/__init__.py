"""The embedded Binance USD-M: its REST protocol over the model exchange."""
