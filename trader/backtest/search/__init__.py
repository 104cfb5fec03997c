"""Searching over configuration fields: grids, a sampler, folds through time; on all cores or a cluster."""
