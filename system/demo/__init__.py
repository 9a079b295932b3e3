"""The main job: index the standard library's source files, kill a worker in the middle, lose nothing."""
