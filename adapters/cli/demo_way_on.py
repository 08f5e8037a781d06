"""What a demo that is up says to do next: what to open, and what to type in another terminal."""

import shlex
from pathlib import Path


def way_on(
    *,
    url: str,
    sign_in: str,
    link: str,
    api_key: str,
    sandbox: str,
    firm_id: str,
    case_id: str,
    file: Path,
) -> str:
    """Return what is printed: addresses, a key and commands, each as it is opened or typed."""
    commands = [
        f"casebridge firms show {firm_id}",
        f"casebridge deliveries list --firm {firm_id} --limit 5",
        "casebridge deliveries show 1",
        f"casebridge cases history {firm_id} {case_id}   # it changes within a minute",
        "casebridge issues list",
        f"curl -sS {sandbox}/switch -d way=answers-lost   # breaks SmartAdvocate; or way=down, slow, busy",
        f"curl -sS {sandbox}/switch -d way=   # mends it",
    ]
    lines = [
        "Still up, and it goes on by itself: a message every few seconds, new cases, changed ones. To open:",
        f"  {sign_in}",
        "    signs you in as an implementation manager, once and within half an hour; the firm is Demo firm",
        f"  {url}/sign-in",
        "    by the sandbox's identity provider: mona manages, olaf operates, fiona is the firm's own",
        f"  {sandbox}/",
        "    SmartAdvocate's side: break it by a button and mend it, and see that nothing comes twice",
        f"  {link}",
        "    the firm's connection page, good once; SmartAdvocate's user there is firm1, password sandbox",
        f"  {url}/docs",
        f"    the HTTP API; its key: {api_key}",
        f"  {url}/metrics",
        f"  {sandbox}/report",
        "    what SmartAdvocate and Case Status have received",
        "To type, in another terminal:",
        f"  . {shlex.quote(str(file))}",
        *(f"  {command}" for command in commands),
        "Ctrl-C here ends everything.",
    ]
    return "\n".join(lines)
