"""The `casebridge` command."""
