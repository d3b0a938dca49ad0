"""The code gate: what a program's own source does that lets others in."""
