"""What a request is answered that reached no page and no route: it could not be read, or there is no room.

No template and no store has a part in it: it is made while a connection is read, for whoever sends anything.
"""

from html import escape
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from adapters.web.api.problems import status_problem
from adapters.web.audience import wants_a_page
from adapters.web.headers import complete
from adapters.web.pages.page_words import STATUSES

_AGAIN_IN_S: Final = "5"
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{what} · casebridge</title></head>
<body><h1>{what}</h1><p>{next_step}.</p>
<p><a href="/">Go to the first page</a> (answer {status})</p></body></html>
"""


def unread(status: int, scope: Scope) -> Response:
    """Return a page for a browser, a problem (RFC 9457) for a program; the connection ends with it.

    Of `scope` the path and the headers are read, as far as they have come.
    """
    answer: Response
    if wants_a_page(scope):
        words = STATUSES[status]
        text = _PAGE.format(what=escape(words.what), next_step=escape(words.next_step), status=status)
        answer = HTMLResponse(text, status)
    else:
        answer = status_problem(status)
    answer.headers["Connection"] = "close"
    if status == 503:
        answer.headers["Retry-After"] = _AGAIN_IN_S
    complete(MutableHeaders(raw=answer.raw_headers), str(scope["path"]), secure=False)
    return answer
