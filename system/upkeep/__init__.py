"""What keeps the record and the queue in step: recording, reconciling, cleaning up, forgetting what is old."""
