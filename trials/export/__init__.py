"""Exports: the tables of one build, or some of them, in the formats that analysts use."""
