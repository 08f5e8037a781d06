"""Who reads a command's output may be no terminal, and may stop reading."""

import os
import subprocess
import sys

import pytest

READ_NO_FURTHER = """
import os, sys
read, write = os.pipe()
os.close(read)
os.dup2(write, 1)
os.close(write)
from adapters.cli.output import show, told_plainly
import typer
app = typer.Typer()
@app.command()
def rows():
    with told_plainly():
        show([{"name": "x"}], ["name"], as_json=AS_JSON, empty="none")
app()
"""


@pytest.mark.parametrize("as_json", [False, True])
def test_a_list_that_is_read_no_further_ends_in_silence(as_json: bool) -> None:
    """As in `casebridge deliveries list | head`. Seen: `an unexpected builtins.BrokenPipeError`."""
    command = [sys.executable, "-c", READ_NO_FURTHER.replace("AS_JSON", str(as_json))]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.stderr, ended.returncode) == ("", 141)


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_INTERACTIVE"])
def test_what_draws_on_a_terminal_leaves_a_file_plain(name: str) -> None:
    """Seen: `casebridge sync cases north --watch 2> log` with FORCE_COLOR, as many a CI sets it."""
    drawing = (
        "import sys; from adapters.cli.output import console_of; from rich.live import Live\n"
        "with Live('run 7', console=console_of(sys.stderr), auto_refresh=False): pass\n"
        "console_of(sys.stdout).print('[red]done[/red]')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", drawing],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, name: "1"},
    )
    assert "\x1b" not in ended.stdout + ended.stderr
    assert ended.stdout == "done\n"
