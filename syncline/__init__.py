"""What the receptions, the worker and the command line agree on."""

__version__ = "0.1.0"
