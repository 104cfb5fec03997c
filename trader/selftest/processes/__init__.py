"""Episodes with real processes: the command as cron starts it, real sockets, real signals, real files."""
