"""Markups that nobody built for, written as strangers write pages: each is a table of functions, as a family is.

`real` markups have tables, lists, headings or roles to go by, `bare` ones only the order and the shape of plain boxes.
A markup must never be changed to be read better: mend the parser instead, or leave it below its target.
"""
