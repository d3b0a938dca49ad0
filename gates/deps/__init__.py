"""The deps gate: packages with known vulnerabilities, judged by an audit whose pass is proof."""
