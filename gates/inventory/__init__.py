"""What a repository depends on, read from lock files and environments: nothing is resolved, built or run."""
