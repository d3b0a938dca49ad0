"""Security gates for a repository: one policy, one list of exceptions, one verdict."""

__version__ = "0.1.0"
