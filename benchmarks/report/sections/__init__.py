"""The report's sections, a file each: every one takes the evidence and yields blocks, or nothing."""
