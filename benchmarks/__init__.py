"""Speed, side by side with peers in one run; never part of the test run."""
