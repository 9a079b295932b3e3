"""Measurements of TaskLab, each one honest about what it leaves out."""
