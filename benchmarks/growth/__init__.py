"""What each thing costs as the work grows: a longer backlog, more workers, more finished tasks in the record."""
