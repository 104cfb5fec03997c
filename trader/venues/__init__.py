"""Adapters: what each venue's bytes mean, and the socket that carries them."""
