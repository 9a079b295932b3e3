"""What runs TaskLab on one machine: an embedded Redis server, and processes that never outlive their parent."""
