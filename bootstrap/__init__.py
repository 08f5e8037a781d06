"""The one composition root: nobody else knows the concrete classes. Each module is a room of the house.

Nothing heavy is imported here: `casebridge --help` is to answer at once.
"""


def main() -> None:
    """Run the `casebridge` command."""
    from adapters.cli.app import build
    from bootstrap.command_line import command_line

    build(command_line())()
