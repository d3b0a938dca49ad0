"""The secret-matching engine: the one place where the raw value of a secret may live."""
