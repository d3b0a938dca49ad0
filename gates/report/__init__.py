"""One module per format, each a `render(report, ...) -> str`; what they share is in `facts`, and every escape in `escape`."""
