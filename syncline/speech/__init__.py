"""Speech engines: the protocol that they share, and one package per engine."""
