"""Names of people, offices, organizations and places that do not exist, by culture."""

import re
import unicodedata
from random import Random

from trials.practice import words
from trials.practice.draw import digits
from trials.practice.forms import Slots, by_culture, cut, fill
from trials.practice.words import PLACES, Place

_ASCII = str.maketrans(
    {"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", "æ": "ae", "þ": "th", "Þ": "Th", "đ": "d"}
)
_FACILITY_FORMS = by_culture(words.FACILITY_FORMS)
_ORGANIZATION_FORMS = by_culture(words.ORGANIZATION_FORMS)
_OFFICES = cut(words.OFFICES)
_CULTURES = tuple(words.GIVEN_NAMES)


def contact(rng: Random, country_wording: str) -> tuple[str, str, str]:
    """Return (name with degree or office, telephone as printed, email); KeyError where `PLACES` lacks the country."""
    place = PLACES[country_wording]
    phone = digits(rng, rng.choice(words.ODD_PHONES if rng.random() < 0.04 else place.phones))
    at = "[@]" if rng.random() < 0.04 else "@"
    domain = rng.choice(words.EMAIL_DOMAINS)
    if rng.random() < 0.15:
        office = fill(rng, rng.choice(_OFFICES), _place_slots(rng, place, ""))
        return office, phone, f"{rng.choice(('trials', 'study.office', 'contact-us'))}{at}{domain}"
    given, family = rng.choice(words.GIVEN_NAMES[place.culture]), rng.choice(words.FAMILY_NAMES[place.culture])
    name = f"{given} {family}, {rng.choice(words.DEGREES)}" if rng.random() < 0.85 else f"{given} {family}"
    return name, phone, f"{_mailbox(rng, given, family)}{at}{domain}"


def organization(rng: Random, place: Place) -> str:
    """Return the name of a sponsor or collaborator of this country."""
    city, _ = rng.choice(place.towns)
    return fill(rng, rng.choice(_ORGANIZATION_FORMS[place.culture]), _place_slots(rng, place, city))


def facility(rng: Random, place: Place) -> tuple[str, str, str, str]:
    """Return (country as printed, name, city, state or "")."""
    city, state = rng.choice(place.towns)
    name = fill(rng, rng.choice(_FACILITY_FORMS[place.culture]), _place_slots(rng, place, city))
    return place.country, name, city, state


def author(rng: Random) -> str:
    """Return family name and initial, as citations print them."""
    culture = rng.choice(_CULTURES)
    return f"{rng.choice(words.FAMILY_NAMES[culture])} {rng.choice(words.GIVEN_NAMES[culture])[0]}"


def _place_slots(rng: Random, place: Place, city: str) -> Slots:
    return {
        "city": (city,),
        "name": words.INVENTED_NAMES,
        "number": (str(rng.randrange(1, 4000)),),
        "given": words.GIVEN_NAMES[place.culture],
        "family": words.FAMILY_NAMES[place.culture],
    }


def _mailbox(rng: Random, given: str, family: str) -> str:
    """Return the local part of an address in ASCII letters, digits and dots."""
    first, last = (re.sub(r"[^a-z]", "", _ascii(name).lower()) for name in (given, family))
    return rng.choice((f"{first}.{last}", f"{first[:1]}{last}", f"{last}{rng.randrange(1, 99)}", last))


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text.translate(_ASCII)).encode("ascii", "ignore").decode("ascii")
