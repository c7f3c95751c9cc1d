"""Functions of Postgres that DuckDB lacks, as macros; a format that they do not know is an error, never another answer.

Semantics are those of Postgres' manual, "Data Type Formatting Functions", "String Functions" and so on.
"""

_DATE_PARTS = {
    "YYYY": "strftime(moment, '%Y')",
    "YY": "strftime(moment, '%y')",
    "IYYY": "strftime(moment, '%G')",
    "IW": "strftime(moment, '%V')",
    "MM": "strftime(moment, '%m')",
    "FMMM": "month(moment)::VARCHAR",
    "DD": "strftime(moment, '%d')",
    "FMDD": "day(moment)::VARCHAR",
    "DDD": "strftime(moment, '%j')",
    "HH24": "strftime(moment, '%H')",
    "HH12": "strftime(moment, '%I')",
    "HH": "strftime(moment, '%I')",
    "MI": "strftime(moment, '%M')",
    "SS": "strftime(moment, '%S')",
    "MS": "strftime(moment, '%g')",
    "US": "strftime(moment, '%f')",
    "Q": "quarter(moment)::VARCHAR",
}
"""Parts of a format that may be written in any case."""
_NAMES = {
    "Month": "rpad(monthname(moment), 9, ' ')",
    "MONTH": "rpad(upper(monthname(moment)), 9, ' ')",
    "month": "rpad(lower(monthname(moment)), 9, ' ')",
    "FMMonth": "monthname(moment)",
    "FMMONTH": "upper(monthname(moment))",
    "FMmonth": "lower(monthname(moment))",
    "Mon": "monthname(moment)[:3]",
    "MON": "upper(monthname(moment)[:3])",
    "mon": "lower(monthname(moment)[:3])",
    "Day": "rpad(dayname(moment), 9, ' ')",
    "DAY": "rpad(upper(dayname(moment)), 9, ' ')",
    "FMDay": "dayname(moment)",
    "Dy": "dayname(moment)[:3]",
    "DY": "upper(dayname(moment)[:3])",
    "AM": "strftime(moment, '%p')",
    "PM": "strftime(moment, '%p')",
}
"""Parts whose case is that of the answer."""


_UNKNOWN = """error('to_char does not know the format "' || pattern || '".')"""
_DECIMALS = "length(split_part(pattern, '.', 2))"
_NUMBER_AS_TEXT = f"""
    CASE WHEN NOT regexp_full_match(pattern, 'FM[9,]*([09]|0[.]0+)') THEN {_UNKNOWN}
         WHEN abs(round(number, {_DECIMALS}::INTEGER)) >= pow(10, length(regexp_replace(split_part(pattern, '.', 1),
              '[^09]', '', 'g'))) THEN regexp_replace(pattern[3:], '[09]', '#', 'g')
         ELSE format(CASE WHEN contains(pattern, ',') THEN '{{:,.' ELSE '{{:.' END || {_DECIMALS} || 'f}}',
              round(number, {_DECIMALS}::INTEGER)) END"""


def _moment_as_text() -> str:
    """Return how a date or time is written: the format is cut into its parts, and each is written."""
    parts = {**_DATE_PARTS, **{name.lower(): value for name, value in _DATE_PARTS.items()}, **_NAMES}
    longest_first = sorted(parts, key=lambda part: (-len(part), part))
    cut = "|".join([*longest_first, '"[^"]*"', "[^A-Za-z]", "[A-Za-z]"])
    cases = " ".join(f"WHEN '{part}' THEN {value}" for part, value in parts.items())
    return f"""
        array_to_string(list_transform(regexp_extract_all(pattern, '{cut}'), lambda part: CASE part {cases} ELSE CASE
            WHEN starts_with(part, '"') THEN trim(part, '"')
            WHEN regexp_full_match(part, '[A-Za-z]') THEN {_UNKNOWN} ELSE part END END), '')"""


def _to_char() -> str:
    """Return the body for dates, times and numbers; by their text, since the type of an aggregate is not yet known."""
    return f"""
        CASE WHEN value IS NULL THEN NULL
             WHEN try_cast(value::VARCHAR AS DOUBLE) IS NOT NULL
             THEN list_transform([try_cast(value::VARCHAR AS DOUBLE)], lambda number: {_NUMBER_AS_TEXT})[1]
             WHEN try_cast(value::VARCHAR AS TIMESTAMP) IS NULL
             THEN error('to_char takes dates, times and numbers, not "' || value || '".')
             ELSE list_transform([try_cast(value::VARCHAR AS TIMESTAMP)], lambda moment: {_moment_as_text()})[1] END"""


_DAY_FORMATS = {
    "YYYY-MM-DD": "%Y-%m-%d",
    "YYYY/MM/DD": "%Y/%m/%d",
    "YYYYMMDD": "%Y%m%d",
    "YYYY-MM": "%Y-%m",
    "YYYY": "%Y",
    "MM/DD/YYYY": "%m/%d/%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
    "DD-MM-YYYY": "%d-%m-%Y",
    "DD.MM.YYYY": "%d.%m.%Y",
    "DD Mon YYYY": "%d %b %Y",
    "DD-Mon-YYYY": "%d-%b-%Y",
    "Month YYYY": "%B %Y",
    "Month DD, YYYY": "%B %d, %Y",
    "Mon YYYY": "%b %Y",
    "Mon DD, YYYY": "%b %d, %Y",
}
"""Formats of to_date; DuckDB takes only constant ones."""


def _to_date() -> str:
    cases = " ".join(f"WHEN '{ours.upper()}' THEN strptime(text, '{theirs}')" for ours, theirs in _DAY_FORMATS.items())
    return (
        f"(CASE upper(pattern) {cases} "
        """ELSE error('to_date does not know the format "' || pattern || '".') END)::DATE"""
    )


def _regexp_match() -> str:
    """Return the body for patterns of no group or one; the list then holds the whole match, or the group."""
    groups = "regexp_replace(replace(pattern, '\\(', ''), '[(][?]|[^(]', '', 'g')"
    return f"""
        CASE len({groups}) WHEN 0 THEN CASE WHEN text ~ pattern THEN [regexp_extract(text, pattern)] END
             WHEN 1 THEN CASE WHEN text ~ pattern THEN [regexp_extract(text, pattern, 1)] END
             ELSE error('regexp_match takes patterns of one group, not "' || pattern || '".') END"""


_MOST_MEMBERS = 16


def _json_build_object() -> str:
    """Return the bodies for each number of keys and values; DuckDB's own function takes no keys but texts."""
    return ", ".join(
        f"({', '.join(f'key{i}, value{i}' for i in range(count))}) AS "
        f"json_object({', '.join(f'key{i}::VARCHAR, value{i}' for i in range(count))})"
        for count in range(1, _MOST_MEMBERS + 1)
    )


MACROS = {
    "to_char": f"(value, pattern) AS {_to_char()}",
    "to_date": f"(text, pattern) AS {_to_date()}",
    "initcap": "(text) AS array_to_string(list_transform(regexp_extract_all(text, '[\\p{L}\\p{N}]+|[^\\p{L}\\p{N}]+'), "
    "lambda word: upper(word[1]) || lower(word[2:])), '')",
    "btrim": "(text) AS trim(text, ' '), (text, characters) AS trim(text, characters)",
    "regexp_match": f"(text, pattern) AS {_regexp_match()}",
    "regexp_count": "(text, pattern) AS CASE WHEN text IS NOT NULL THEN len(regexp_extract_all(text, pattern)) END",
    "regexp_like": "(text, pattern) AS text ~ pattern, (text, pattern, flags) AS regexp_matches(text, pattern, flags)",
    "array_remove": "(list, value) AS list_filter(list, lambda each: each IS DISTINCT FROM value)",
    "every": "(truth) AS bool_and(truth)",
    "json_agg": "(value) AS json_group_array(value)",
    "jsonb_agg": "(value) AS json_group_array(value)",
    "json_build_object": _json_build_object(),
    "jsonb_build_object": _json_build_object(),
    "json_object_agg": "(key, value) AS json_group_object(key::VARCHAR, value)",
    "jsonb_object_agg": "(key, value) AS json_group_object(key::VARCHAR, value)",
    "to_jsonb": "(value) AS to_json(value)",
    "jsonb_array_length": "(list) AS json_array_length(list)",
    "regexp_substr": "(text, pattern) AS CASE WHEN text ~ pattern THEN regexp_extract(text, pattern) END",
    "quote_literal": "(text) AS '''' || replace(text, '''', '''''') || ''''",
    "width_bucket": "(operand, low, high, buckets) AS CASE WHEN operand < low THEN 0 WHEN operand >= high "
    "THEN buckets + 1 ELSE floor((operand - low) * buckets / (high - low))::INTEGER + 1 END",
    "make_interval": "(years := 0, months := 0, weeks := 0, days := 0, hours := 0, mins := 0) AS "
    "to_years(years) + to_months(months) + to_weeks(weeks) + to_days(days) + to_hours(hours) + to_minutes(mins)",
    "clock_timestamp": "() AS now()",
    "statement_timestamp": "() AS now()",
    "num_nonnulls": "(a) AS (a IS NOT NULL)::INTEGER, (a, b) AS (a IS NOT NULL)::INTEGER + (b IS NOT NULL)::INTEGER, "
    "(a, b, c) AS (a IS NOT NULL)::INTEGER + (b IS NOT NULL)::INTEGER + (c IS NOT NULL)::INTEGER",
}
"""Macros by the name of the function: parameters and body, once for each number of arguments."""
