"""The secrets gate: tokens, keys and passwords in files, the index, ranges, history and streams."""
