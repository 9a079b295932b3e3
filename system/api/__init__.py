"""The HTTP API: strict about what comes in, plain about what goes out."""
