"""What is not known of Binance USD-M, and how it is asked."""
