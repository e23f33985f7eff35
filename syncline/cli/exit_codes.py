"""The exit codes of every command."""

OK = 0
FAILED = 1  # something went wrong, or a job FAILED or was REJECTED
USAGE = 2  # the request itself was wrong
INTERRUPTED = 130  # what shells report for a program ended by Ctrl-C
