"""Runs of the case sync, the cases they stored, and what is wrong with cases."""
