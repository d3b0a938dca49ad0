"""Accuracy of the secrets gate, side by side with peers on a generated, labelled corpus; never part of the test run."""
