"""One file a command: arguments to configuration to wiring to one use case."""
