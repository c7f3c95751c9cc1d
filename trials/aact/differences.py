"""Where SQL for Postgres means something else in DuckDB: what to write instead, each with an answer that is tested."""

from typing import NamedTuple


class Difference(NamedTuple):
    """One construct. `here` is its answer in DuckDB, None where it is an error; `answer` that of Postgres."""

    what: str
    written: str
    here: object
    instead: str
    answer: object


DIFFERENCES = (
    Difference(
        "A pattern as argument of SUBSTRING",
        "substring('Phase 12' from '[0-9]+')",
        None,
        "regexp_extract('Phase 12', '[0-9]+')",
        "12",
    ),
    Difference(
        "LIKE or ILIKE with ANY",
        "'Lung Cancer' ILIKE ANY (ARRAY['%lung%', '%liver%'])",
        None,
        "'Lung Cancer' ~* 'lung|liver'",
        True,
    ),
    Difference(
        "A list in braces", "'PHASE2' = ANY('{PHASE1,PHASE2}')", None, "'PHASE2' = ANY(['PHASE1','PHASE2'])", True
    ),
    Difference(
        "BETWEEN SYMMETRIC", "3 BETWEEN SYMMETRIC 5 AND 1", None, "3 BETWEEN least(5, 1) AND greatest(5, 1)", True
    ),
    Difference(
        "Whether periods overlap",
        "(date '2020-01-01', date '2020-03-01') OVERLAPS (date '2020-02-01', date '2020-05-01')",
        None,
        "date '2020-01-01' < date '2020-05-01' AND date '2020-02-01' < date '2020-03-01'",
        True,
    ),
    Difference(
        "Parts of the days between two dates",
        "extract(day from date '2020-03-01' - date '2020-01-01')",
        None,
        "date '2020-03-01' - date '2020-01-01'",
        60,
    ),
    Difference(
        "Word boundaries in patterns", r"'lung cancer' ~ '\mcancer\M'", None, r"'lung cancer' ~ '\bcancer\b'", True
    ),
    Difference("Looking ahead or behind in patterns", "'phase 2' ~ 'phase (?=2)'", None, "'phase 2' ~ 'phase 2'", True),
    Difference("Appending to an array", "ARRAY[1] || 2", None, "list_append(ARRAY[1], 2)", [1, 2]),
    Difference(
        "Text search", "to_tsvector('lung cancer') @@ to_tsquery('cancer')", None, "'lung cancer' ~* 'cancer'", True
    ),
    Difference(
        "Likeness by trigrams", "similarity('lung', 'lung')", None, "jaro_winkler_similarity('lung', 'lung')", 1.0
    ),
    Difference(
        "Times from text",
        "to_timestamp('2020-05', 'YYYY-MM')",
        None,
        "to_date('2020-05', 'YYYY-MM')::text",
        "2020-05-01",
    ),
    Difference(
        "json_agg with ORDER BY, DISTINCT or FILTER",
        "(SELECT json_agg(x ORDER BY x DESC) FROM generate_series(1, 2) t(x))",
        None,
        "(SELECT to_json(list(x ORDER BY x DESC))::text FROM generate_series(1, 2) t(x))",
        "[2,1]",
    ),
    Difference(
        "% and _ in SIMILAR TO, which takes regular expressions here",
        "'lung cancer' SIMILAR TO '%(lung|liver)%'",
        False,
        "'lung cancer' ~ '(lung|liver)'",
        True,
    ),
    Difference(
        "Joining two values of jsonb",
        "jsonb_build_object('a', 1) || jsonb_build_object('b', 2)",
        '{"a":1}{"b":2}',
        "json_merge_patch(jsonb_build_object('a', 1), jsonb_build_object('b', 2))",
        '{"a":1,"b":2}',
    ),
    Difference("A backslash before _ or % in LIKE", r"'a_b' LIKE 'a\_b'", False, r"'a_b' LIKE 'a\_b' ESCAPE '\'", True),
    Difference("format with %s", "format('%s trials', 5)", "%s trials", "format('{} trials', 5)", "5 trials"),
    Difference(
        "Cutting by the length of a type", "'Recruiting'::varchar(3)", "Recruiting", "left('Recruiting', 3)", "Rec"
    ),
    Difference(
        "Rounding halves of floating-point numbers", "round(2.5::float8)", 3.0, "round_even(2.5::float8, 0)", 2.0
    ),
    Difference("Division by zero, an error in Postgres", "5 / 0", float("inf"), "5 / nullif(0, 0)", None),
    Difference(
        "regexp_matches, a set of lists in Postgres",
        "regexp_matches('Phase 12', '[0-9]+')",
        True,
        "regexp_extract_all('Phase 12', '[0-9]+')",
        ["12"],
    ),
    Difference("Division of integers, unless integer_division is set", "7 / 2", 3.5, "7 // 2", 3),
    Difference(
        "Nulls in ORDER BY … DESC, unless default_null_order is set",
        "(SELECT list(x ORDER BY x DESC) FROM (VALUES (1), (NULL)) t(x))",
        [1, None],
        "(SELECT list(x ORDER BY x DESC NULLS FIRST) FROM (VALUES (1), (NULL)) t(x))",
        [None, 1],
    ),
    Difference(
        "The order of texts, by code points here",
        "(SELECT list(x ORDER BY x) FROM (VALUES ('b'), ('A'), ('C')) t(x))",
        ["A", "C", "b"],
        "(SELECT list(x ORDER BY lower(x)) FROM (VALUES ('b'), ('A'), ('C')) t(x))",
        ["A", "b", "C"],
    ),
)
"""Expressions; all others that are listed nowhere are the same in both, as far as queries for AACT that we read go."""
