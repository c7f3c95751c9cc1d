"""Values: each module reads one kind of text, by full forms only; what fits no form is None, never a guess."""
