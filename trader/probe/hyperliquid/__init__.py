"""What is not known of Hyperliquid, and how it is asked."""
