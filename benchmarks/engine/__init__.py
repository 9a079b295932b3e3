"""What every checked run is made of: a system, load, faults, a drain, and a folder of records to judge it by.

system ─▶ load ─▶ faults ─▶ drain ─▶ history ─▶ checker ─▶ report
"""
