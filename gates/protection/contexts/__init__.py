"""Required contexts: whether each is reported on every pull request into its branch, by one job, and can fail."""
