"""The nouns every stage shares: labels, tables, vocabularies, pages, records and errors.

One source of truth: a label, a column or a wording is declared here once, and schemas, dictionary and checks
are derived from it.
"""

VERSION = "0.1.0"
"""Version of the project; `pages.parser_version` in every table set."""
