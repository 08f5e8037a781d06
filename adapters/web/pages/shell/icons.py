"""Small pictures, drawn for these pages: lines on a grid of 24. They never stand without text."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from markupsafe import Markup

_DRAWN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "alert": "M12 4 2.5 20h19L12 4z M12 10v4.5 M12 17.4v.1",
        "arrow-left": "M19 12H5 M11 6l-6 6 6 6",
        "arrow-right": "M5 12h14 M13 6l6 6-6 6",
        "bell": "M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15L6 16z M10 21h4",
        "book": "M5 4h12a2 2 0 0 1 2 2v14H7a2 2 0 0 1-2-2V4z M5 17.5A1.5 1.5 0 0 1 6.5 16H19 M9 8h6",
        "branch": "M6 5h4l4 7h5 M6 19h4l4-7 M16 9l3 3-3 3",
        "building": "M4 21V4h10v17 M14 10h6v11 M2 21h20 M8 8h2 M8 12h2 M8 16h2 M17 14h.1 M17 17h.1",
        "calendar": "M4 6h16v14H4z M4 10h16 M8 3v4 M16 3v4",
        "check": "M4 12.5 9.5 18 20 6.5",
        "chevron": "M9 6l6 6-6 6",
        "clock": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M12 7.5V12l3 2.5",
        "close": "M6 6l12 12 M18 6 6 18",
        "copy": "M9 9h11v11H9z M15 9V4H4v11h5",
        "cpu": "M7 7h10v10H7z M10 3v4 M14 3v4 M10 17v4 M14 17v4 M3 10h4 M3 14h4 M17 10h4 M17 14h4",
        "database": (
            "M5 6c0-1.7 3-3 7-3s7 1.3 7 3-3 3-7 3-7-1.3-7-3z M5 6v12c0 1.7 3 3 7 3s7-1.3 7-3V6 "
            "M5 12c0 1.7 3 3 7 3s7-1.3 7-3"
        ),
        "document": "M6 3h8l4 4v14H6z M14 3v4h4 M9 12h6 M9 16h6",
        "down": "M12 5v14 M6 13l6 6 6-6",
        "download": "M12 4v11 M7 10.5l5 5 5-5 M4 20h16",
        "filter": "M4 5h16l-6 8v6l-4-2v-4L4 5z",
        "flag": "M5 21V4h13l-3 4.5L18 13H5",
        "folder": "M3 6h6l2 2.5h10V19H3z",
        "history": "M4 12a8 8 0 1 0 2.5-5.8L4 8.5 M4 4v4.5h4.5 M12 8v4.5l3 2",
        "home": "M4 11l8-7 8 7 M6 9.5V20h12V9.5 M10 20v-6h4v6",
        "inbox": "M4 5h16v14H4z M4 14h4.5l1.5 2.5h4l1.5-2.5H20",
        "info": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M12 11v5.5 M12 7.6v.1",
        "key": "M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M11 12l9-9 M16 7l3 3",
        "layers": "M12 3l9 5-9 5-9-5 9-5z M3 12.5l9 5 9-5 M3 17l9 5 9-5",
        "link": (
            "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.6-5.6L12 7.3 "
            "M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.6 5.6l1.4-1.4"
        ),
        "menu": "M4 6h16 M4 12h16 M4 18h16",
        "message": "M4 5h16v12h-9l-4 3.5V17H4z",
        "minus": "M5 12h14",
        "pause": "M8 5v14 M16 5v14",
        "person": "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M4.5 20.5c.7-4 3.5-6 7.5-6s6.8 2 7.5 6",
        "play": "M7 4.5v15l12-7.5-12-7.5z",
        "plug": "M9 3v5 M15 3v5 M6 8h12v3a6 6 0 0 1-12 0V8z M12 17v4",
        "plus": "M12 5v14 M5 12h14",
        "printer": "M7 9V3h10v6 M7 18H4V9h16v9h-3 M7 14h10v7H7z",
        "search": "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14z M16 16l5 5",
        "send": "M21 3 3 10.5l7 3.5 M21 3l-7.5 18L10 14 21 3z",
        "sign-out": "M10 4H5v16h5 M15 8l4 4-4 4 M19 12H10",
        "stop": "M6 6h12v12H6z",
        "sync": "M20 11a8 8 0 0 0-14.5-4L4 9 M4 4v5h5 M4 13a8 8 0 0 0 14.5 4l1.5-2 M20 20v-5h-5",
        "trash": "M4 7h16 M9 7V4h6v3 M6 7l1 14h10l1-14 M10 11v6 M14 11v6",
        "up": "M12 19V5 M6 11l6-6 6 6",
    }
)

_PICTURE: Final = Markup(
    '<svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">'
    '<path d="{}"/></svg>'
)


def icon(name: str) -> Markup:
    """Return the picture; screen readers pass over it, for the text beside says the same."""
    return _PICTURE.format(_DRAWN[name])
