"""Other scanners that look at what the built-in engine has looked at, when the policy asks for them."""
