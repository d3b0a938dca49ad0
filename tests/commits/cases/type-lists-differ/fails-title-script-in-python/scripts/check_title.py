"""The title of a pull request starts with one of the types."""

# gates:commit-types
TYPES = [
    "feat",
    "fix",
    "docs",
    "wip",
]
