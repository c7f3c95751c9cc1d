"""AACT's tables, columns and spellings as views over ours, for queries that were written for AACT."""
