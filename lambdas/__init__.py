"""The receptions: one module per function, each a thin edge over syncline/."""
