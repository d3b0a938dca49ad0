"""The protection gate: the checks that a branch requires are the checks that its workflows really report."""
