"""Where tasks wait: one protocol and four queues behind it, from the naive to the safe."""
