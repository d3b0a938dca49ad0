"""AppArmor profiles, as far as a container's confinement depends on them."""
