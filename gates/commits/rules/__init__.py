"""What the commits gate can say: one module for each kind of thing that it judges."""
