"""The tables of a build in a browser, on loopback: Datasette over a copy of the sqlite export.

`copy.py` makes the copy, `looks.py` and `metadata.py` say how its tables are shown, `questions.py` what is asked of
them; `trial.py` reads one trial for its own page, `hooks.py` is all that Datasette is told to do otherwise, `gate.py`
stands before it, `server.py` serves.
"""
