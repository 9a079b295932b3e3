"""The command line: one file a group of commands; each imports what it runs when it runs."""

from system.cli.app import main

__all__ = ["main"]
