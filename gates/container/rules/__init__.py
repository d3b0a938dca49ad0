"""What the container gate can say. A module for each kind of file; each lists its rules with their levels as LEVELS."""
