"""Queries: which are admitted, how they are answered, and the library of ready ones."""
