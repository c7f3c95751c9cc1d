"""The morning report: one page of HTML with the last night, the tables, and the nights before.

`parts.py` has what a page is made of; `night.py`, `changed.py`, `unknown.py`, `tables.py`, `columns.py` and `nights.py`
say it; `charts.py` draws; `page.py` writes. The page asks for nothing outside of itself and runs no script.
"""
