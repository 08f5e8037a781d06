"""`python -m bootstrap` is the `casebridge` command."""

from bootstrap import main

if __name__ == "__main__":
    main()
