"""Validation: what is wrong with the sources, on which line, and how to mend it."""
