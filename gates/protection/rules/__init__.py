"""What the protection gate can say, a module for each part of it."""
