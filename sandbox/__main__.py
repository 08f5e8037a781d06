"""`python -m sandbox --port N`: the sandbox as a process of its own."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from datetime import datetime
from typing import Any

from sandbox.oauth_options import OAuthOptions
from sandbox.options import SandboxError, SandboxOptions
from sandbox.server import serve

LARGEST_PORT = 65_535


def parser() -> argparse.ArgumentParser:
    """The command line; every default is that of `SandboxOptions`."""
    defaults = SandboxOptions()
    made = argparse.ArgumentParser(
        prog="python -m sandbox", description="A SmartAdvocate with invented law firms."
    )
    made.add_argument("--port", type=_port, default=defaults.port, help="0 picks a free one below 32768")
    made.add_argument("--host", default=defaults.host)
    made.add_argument("--seed", type=int, default=defaults.seed)
    made.add_argument("--firms", type=int, default=defaults.firms, help="log-ins firm1, firm2, ...")
    made.add_argument("--cases", type=int, default=defaults.cases, help="of each firm")
    made.add_argument("--user", default=defaults.user, help="what the firms' user names begin with")
    made.add_argument("--password", default=defaults.password)
    made.add_argument(
        "--token-life", dest="token_life_s", type=int, default=defaults.token_life_s, metavar="SECONDS"
    )
    made.add_argument("--page-cap", type=int, default=defaults.page_cap)
    made.add_argument(
        "--upload-limit", dest="upload_limit_bytes", type=int, default=defaults.upload_limit_bytes
    )
    made.add_argument("--same-modified", type=int, default=0, help="so many cases share one modifiedDate")
    made.add_argument("--drift-every", type=int, default=0, help="change cases after every so many searches")
    made.add_argument("--drift-modify", type=int, default=defaults.drift_modify)
    made.add_argument("--with-parent", action="store_true", help="end when the starting process ends")
    made.add_argument("--control-token", help="X-Sandbox-Token for /_sandbox/ routes")
    made.add_argument("--as-of", type=datetime.fromisoformat, help="the day seeded dates count back from")
    made.add_argument(
        "--redirect-uri",
        dest="redirect_uris",
        action="append",
        default=[],
        help="where OAuth may send browsers back to: https://…/oauth/callback; may be given several times",
    )
    made.add_argument("--oauth-token-life", dest="oauth_token_life_s", type=int, metavar="SECONDS")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Runs until it is stopped. 0 after a stop, 1 where it cannot start."""
    given = vars(parser().parse_args(arguments))
    if given.pop("with_parent"):
        _end_with_parent()
    oauth: dict[str, Any] = {"redirect_uris": tuple(given.pop("redirect_uris"))}
    if (life_s := given.pop("oauth_token_life_s")) is not None:
        oauth["token_life_s"] = life_s
    options = replace(SandboxOptions(oauth=OAuthOptions(**oauth)), **given)
    try:
        serve(options, on_ready=lambda url: print(f"sandbox ready on {url}", flush=True))  # noqa: T201 - a program's output
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)  # noqa: T201 - a program's output
        return 1
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to {LARGEST_PORT}")
    return int(text)


def _end_with_parent() -> None:
    """Stop as SIGTERM does once the process that started this one is gone, however it ended."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="with-parent", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
