"""What is not known of OKX, and how it is asked."""
