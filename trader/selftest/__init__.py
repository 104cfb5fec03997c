"""The campaign: seeded episodes of runs, faults and kills on the embedded exchange, judged by the oracle."""
