"""How long work reports how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float], None]  # called with the share of the work that is done, 0..1
