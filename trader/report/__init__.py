"""Tables for people: trades rebuilt from fills, the account, what is open; plain away from a terminal."""
