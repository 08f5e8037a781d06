"""`python -m tests.script SOURCE ARGUMENTS…` runs a text as a program of its own, with these arguments."""

import sys

if __name__ == "__main__":
    source = sys.argv.pop(1)
    exec(compile(source, "script", "exec"), {"__name__": "__main__"})
