docker run --security-opt label=type:spc_t registry.example/app:1.4
