"""The judge: invariants of cover and of entering once, checked on an embedded exchange's own books.

Rules: nothing here imports a part of the program that it judges, neither its types nor its ids. What a run
did reaches it as plain values (seen.py); everything else it reads from the model exchange.
"""
