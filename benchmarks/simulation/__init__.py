"""The deterministic simulation: real worker, real memory queue, virtual time, and a seed that decides all the rest.

In the manner of FoundationDB's: nothing is left to the machine, so whatever goes wrong can be played again.
"""
