"""The rules that keep SmartAdvocate and Case Status in step: case, stage, message, delivery, run, schedule.

Standard library only; no I/O, no clock and no randomness except through the ports in `core.ports`.
"""
