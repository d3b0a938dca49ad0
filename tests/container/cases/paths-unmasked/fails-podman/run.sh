podman run --security-opt unmask=ALL registry.example/app:1.4
