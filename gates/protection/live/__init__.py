"""What GitHub has in force: held against the protection files, and made what they ask for."""
