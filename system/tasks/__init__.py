"""What a task is: its data, its handlers and its ends. No I/O happens here."""
