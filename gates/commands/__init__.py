"""What a person types: each module is one command, `run(name, argv, world) -> exit code`."""
