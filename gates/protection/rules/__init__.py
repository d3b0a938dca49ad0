"""What the protection gate can say, by family."""
