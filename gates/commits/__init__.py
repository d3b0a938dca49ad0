"""The commits gate: the commit types that one tool accepts are those that every other one accepts, checks and releases."""
