"""Pure rules: no I/O, no clocks, no third-party imports at load time."""
