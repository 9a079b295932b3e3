"""`python -m system` is `tasklab`."""

from system.cli import main

main()
