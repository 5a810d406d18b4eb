"""Runs and running instances: the work of ``start``, ``stop``, ``reload``, ``status`` and ``timeline``."""

#: The exit code of a run, or of a request to one, that failed.
EXIT_FAILED = 4
#: The exit code of a run that SIGINT or SIGTERM ended before everything was ready.
EXIT_INTERRUPTED = 130
