"""Invented people, companies and telephone numbers for the seed."""

from __future__ import annotations

FIRST_NAMES = (
    "Delphine", "Marcus", "Anneke", "Tobias", "Ines", "Rafael", "Greta", "Omar", "Linnea", "Hector",
    "Mirela", "Casper", "Yusuf", "Odette", "Bruno", "Salma", "Viktor", "Noor", "Emilio", "Freya", "Kwame",
    "Alba", "Stellan", "Renée", "José", "Zoë", "Ingrid", "Mateo", "Farah", "Leopold",
)  # fmt: skip
LAST_NAMES = (
    "Moreau", "Halvorsen", "Okonkwo", "Petrov", "Villanueva", "Ashworth", "Lindgren", "D'Angelo",
    "Nakamura", "Brandt", "Castellano", "Oyelaran", "Fitzgerald", "Kowalski", "Núñez", "Tremblay",
    "Haddad", "Sørensen", "Winslow", "Abreu", "Kaplan", "Duarte", "Ferreira", "Quigley", "Rosenthal",
    "Stavros", "Tanaka", "Ulrich", "Vance", "Whitaker",
)  # fmt: skip
COMPANIES = (
    "Harbor Freightways LLC",
    "Lakeside Bakery, Inc.",
    "Northgate Tenants Association",
    "Blue Heron Landscaping LLC",
)
CITIES = (("Harbor City", "NY", "10001"), ("Lakeside", "IL", "60601"), ("Cedar Falls", "TX", "75201"))

_AREA_CODES = (
    "201", "202", "203", "205", "206", "207", "208", "209", "210", "212", "213", "214", "215", "216",
    "217", "218", "219", "224", "225", "228", "229", "231", "234", "239", "240", "248", "251", "252",
    "253", "254", "256", "260", "262", "267", "269", "270", "276", "281", "301", "302", "303", "304",
    "305", "307", "308", "309", "310", "312", "313", "314", "315", "316", "317", "318", "319", "320",
    "321", "323",
)  # fmt: skip
_LINES = 10_000
_DIRECTORY_LINE = 1212
# 555-1212 is directory assistance, the one line of that exchange which answers.


def phone_digits(serial: int) -> str:
    """Ten digits of a valid United States number in the exchange 555; each serial up to 500,000 has its
    own.
    """
    line, area = divmod(serial, len(_AREA_CODES))
    number = (line + (line >= _DIRECTORY_LINE)) % _LINES
    return f"{_AREA_CODES[area]}555{number:04d}"


def written_phone(digits: str, style: int) -> str:
    """The digits in one of the spellings people type."""
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    if style == 0:
        return f"({area}) {exchange}-{line}"
    if style == 1:
        return digits
    if style == 2:
        return f"{area}-{exchange}-{line}"
    return f"+1 {area} {exchange} {line}"
