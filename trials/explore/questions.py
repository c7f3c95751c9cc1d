"""What people ask of the tables first, as SQL that is answered on a page of its own.

A parameter that is left empty has the value that its description names.
"""

from typing import NamedTuple

from trials.overdue import ENDS, overdue


class Question(NamedTuple):
    """A question: the name in its address, its title, what the answer holds, the SQL, the plot shown at once."""

    name: str
    title: str
    description: str
    sql: str
    plot: str = ""  # a fragment of datasette-vega


_TITLE = "coalesce(s.brief_title, s.official_title, s.seen_title) AS title"
_LEAD = (
    "(SELECT p.name FROM sponsors p WHERE p.nct_id = s.nct_id AND p.lead_or_collaborator = 'lead' "
    "ORDER BY p.ordinal LIMIT 1) AS lead_sponsor"
)
_IN_CONFLICT = (
    "'conflict', 'dates_in_conflict', 'ages_in_conflict', 'enrollment_in_conflict', 'newer_page_in_conflict', "
    "'sighting_in_conflict'"
)

_OF_ONE_DATE = ", ".join(
    f"'{stem}_{end}'"
    for stem in ("start", "completion", "primary_completion", "verification")
    for end in ("date", "earliest", "latest")
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "overdue",
        "Which trials are overdue?",
        "Their completion date has passed, or the primary one where there is no other, and their status says that they "
        "have not ended; a month has passed when its last day has. day: as of which day (2026-01-31), else that of the "
        "newest page.",
        f"""SELECT s.nct_id, {_TITLE}, s.overall_status,
       coalesce(s.completion_month_year, s.primary_completion_month_year) AS completion,
       CAST(julianday(d.day) - julianday({ENDS}) AS INTEGER) AS days_over, d.day AS as_of,
       s.verification_month_year AS verified,
       {_LEAD}, s.url
FROM studies s, (SELECT date(CASE WHEN :day = '' THEN max(fetched_at) ELSE :day END) AS day FROM pages) d
WHERE {overdue("d.day")}
ORDER BY days_over DESC, s.nct_id""",
    ),
    Question(
        "changed_last",
        "What changed last?",
        "Columns and rows of trials that changed, the newest first; of a date, its text alone. hours: how far back "
        "from the newest change, else 20, which is one night.",
        f"""SELECT c.seen_at, c.nct_id, coalesce(s.brief_title, s.official_title, s.seen_title) AS title,
       c."table", c."column", c.ordinal, c.old, c.new
FROM changes c LEFT JOIN studies s USING (nct_id)
WHERE c.seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', (SELECT max(seen_at) FROM changes),
                            '-' || CASE WHEN :hours = '' THEN '20' ELSE :hours END || ' hours')
  AND coalesce(c."column", '') NOT IN ({_OF_ONE_DATE})
ORDER BY c.seen_at DESC, c.nct_id, c."table", c."column\"""",
    ),
    Question(
        "new_and_gone",
        "Which trials are new, and which are gone?",
        "Trials first seen lately, and those whose page the site has no more. days: how far back from the newest page, "
        "else 7.",
        f"""SELECT CASE WHEN s.page_state = 'gone' THEN 'gone' ELSE 'new' END AS what, s.nct_id, {_TITLE},
       s.overall_status, s.first_seen_at, s.last_seen_at, s.url
FROM studies s
WHERE s.page_state = 'gone'
   OR s.first_seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', (SELECT max(fetched_at) FROM pages),
                                  '-' || CASE WHEN :days = '' THEN '7' ELSE :days END || ' days')
ORDER BY what, s.first_seen_at DESC, s.nct_id""",
    ),
    Question(
        "poor_columns",
        "Which columns are poor?",
        "Columns that may be null, those with the fewest values first, and what a null in them means. table: only this "
        "table, else all.",
        """SELECT "table", "column", percent, filled, "rows", null_means, meaning
FROM dictionary
WHERE null_means IS NOT NULL AND "rows" > 0 AND (:table = '' OR "table" = :table)
ORDER BY percent, "table", "column\"""",
    ),
    Question(
        "by_year_and_phase",
        "How many trials began in each year, by phase?",
        "By the year of the start date, as the page names it. Phase NA means that phases do not apply, none that the "
        "page names no phase.",
        """SELECT substr(start_month_year, 1, 4) AS year, coalesce(phase, 'none') AS phase, count(*) AS trials
FROM studies WHERE start_month_year IS NOT NULL
GROUP BY 1, 2 ORDER BY 1, 2""",
        "g.mark=bar&g.x_column=year&g.x_type=ordinal&g.y_column=trials&g.y_type=quantitative&g.color_column=phase",
    ),
    Question(
        "by_country",
        "In which countries are the trials?",
        "A trial counts once in every country that its page lists.",
        """SELECT coalesce(c.country_code, 'no code') AS country_code, min(c.name) AS country,
       count(DISTINCT c.nct_id) AS trials,
       count(DISTINCT CASE WHEN s.overall_status = 'RECRUITING' THEN c.nct_id END) AS recruiting
FROM countries c JOIN studies s USING (nct_id)
GROUP BY 1 ORDER BY trials DESC, country""",
        "g.mark=bar&g.x_column=country&g.x_type=ordinal&g.y_column=trials&g.y_type=quantitative",
    ),
    Question(
        "by_mesh_term",
        "Which MeSH terms do the trials have?",
        "The most frequent first. term: a part of the term, else all.",
        """SELECT mesh_term, count(DISTINCT nct_id) AS trials FROM browse_conditions
WHERE :term = '' OR mesh_term LIKE '%' || :term || '%'
GROUP BY mesh_term ORDER BY trials DESC, mesh_term""",
    ),
    Question(
        "small_trials",
        "Which trials are small?",
        "Trials with few participants, actual or estimated; withdrawn ones, which have none, are left out. most: how "
        "many at most, else 20.",
        f"""SELECT s.nct_id, {_TITLE}, s.enrollment, s.overall_status, s.phase, s.start_month_year AS start, {_LEAD}
FROM studies s
WHERE s.enrollment <= CAST(CASE WHEN :most = '' THEN '20' ELSE :most END AS INTEGER)
  AND s.overall_status IS NOT 'WITHDRAWN'
ORDER BY s.enrollment, s.nct_id""",
    ),
    Question(
        "lead_sponsors",
        "Who leads the most trials?",
        "Lead sponsors as printed, with how many of their trials recruit. name: a part of the name, else all.",
        """SELECT p.name AS lead_sponsor, count(DISTINCT p.nct_id) AS trials,
       count(DISTINCT CASE WHEN s.overall_status = 'RECRUITING' THEN p.nct_id END) AS recruiting
FROM sponsors p JOIN studies s USING (nct_id)
WHERE p.lead_or_collaborator = 'lead' AND (:name = '' OR p.name LIKE '%' || :name || '%')
GROUP BY 1 ORDER BY trials DESC, lead_sponsor""",
    ),
    Question(
        "conflicts",
        "Where do the pages contradict themselves?",
        "Values of one trial that cannot all be true, and what other trials' See also says otherwise.",
        f"""SELECT nct_id, code, "table", "column", text, message, url FROM problems
WHERE code IN ({_IN_CONFLICT})
ORDER BY code, nct_id, ordinal""",
    ),
    Question(
        "damaged_text",
        "Where is the text damaged?",
        "Places that lost a sign, such as ≥ or ≤, by column; the text was left as it is.",
        """SELECT "table", "column", count(*) AS places, count(DISTINCT nct_id) AS trials FROM problems
WHERE code = 'lossy_text' GROUP BY 1, 2 ORDER BY places DESC, 1, 2""",
    ),
    Question(
        "not_known",
        "Which labels and wordings are not known?",
        "What pages print and the parser does not know, the most frequent first.",
        """SELECT code, label, text, count(*) AS places, count(DISTINCT nct_id) AS trials, min(nct_id) AS for_example
FROM problems WHERE code IN ('unknown_label', 'unknown_wording', 'unknown_section', 'unknown_column')
GROUP BY code, label, text ORDER BY places DESC, code, label, text""",
    ),
    Question(
        "oldest_pages",
        "Which trials were not seen for long?",
        "The 500 whose newest answer is the oldest; those that the site has no more are left out.",
        f"""SELECT s.nct_id, {_TITLE}, s.last_seen_at, s.fetched_at AS changed_at, s.url FROM studies s
WHERE coalesce(s.page_state, '') != 'gone' ORDER BY s.last_seen_at, s.nct_id LIMIT 500""",
    ),
)
"""In the order in which they are listed."""
