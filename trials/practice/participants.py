"""Who may take part in a trial: ages and sex as its condition asks for, after the first trials showed every form."""

from random import Random

from trials.practice.draw import turn
from trials.practice.said import years
from trials.practice.words import AGES, Topic

AGE_GROUPS = (
    ("18 Years", "90 Years"),
    ("6 Months", "18 Months"),
    ("18 Years", "N/A"),
    ("N/A", "17 Years"),
    ("up to", "17 Years"),
    ("N/A", "N/A"),
    ("1 Day", "28 Days"),
    ("1 Week", "12 Weeks"),
    ("30 Minutes", "2 Hours"),
    ("18 Years", "65 Years"),
    ("40 Years", "75 Years"),
    ("65 Years", "N/A"),
)
GENDERS = (("All", "ALL"), ("All", "ALL"), ("Female", "FEMALE"), ("Both", "ALL"), ("Male", "MALE"))
"""Wordings with their codes."""

_GENDER_WEIGHTS = (40, 40, 7, 8, 5)  # most trials of a condition that both sexes have take both
_HEALTHY = 0.11  # share that takes healthy volunteers, beside those about nothing else
_OLD_ENOUGH_YEARS = 12  # below, criteria name an age in trials of children only


def ages(stream: Random, place: int, topic: Topic) -> tuple[str, str]:
    """Return lowest and highest age; children's and old people's conditions keep to theirs from the first trial on."""
    drawn = stream.choice(AGES[topic.ages])
    return turn(place, AGE_GROUPS, drawn) if topic.ages == "adult" else drawn


def age_in_criteria(lowest: str, topic: Topic) -> str | None:
    """Return the lowest age if the criteria say it again.

    >>> from trials.practice.words import TOPICS
    >>> [age_in_criteria(age, TOPICS[0]) for age in ("18 Years", "30 Minutes", "N/A", "up to")]
    ['18 Years', None, None, None]
    """
    if not lowest[0].isdigit():
        return None
    return lowest if (years(lowest) or 0) >= _OLD_ENOUGH_YEARS or topic.field == "paediatrics" else None


def gender(stream: Random, place: int, topic: Topic) -> tuple[str, str]:
    """Return wording and code; a condition of one sex has that one."""
    (drawn,) = stream.choices(GENDERS, _GENDER_WEIGHTS)
    return (topic.sex, topic.sex.upper()) if topic.sex else turn(place, GENDERS, drawn)


def takes_healthy(stream: Random, topic: Topic) -> bool:
    """Whether healthy volunteers may take part."""
    return stream.random() < _HEALTHY or topic.field == "pharmacology"
