"""A plugin of pytest for `make mutation`: the property tests try the same examples against every mutant."""

from hypothesis import HealthCheck, settings

# mutmut runs a test several times in one process, each time with another instance of its class.
settings.register_profile(
    "mutation", deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
