"""What an image's configuration and files say of themselves, without any tool: see `gates.image.inspecting.gate`."""
