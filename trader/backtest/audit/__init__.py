"""What an optimistic result is made of, and how much of it chance explains."""
