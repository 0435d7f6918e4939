"""Links to Wikidata: the records of them, and what Wikidata says today.

`records` reads the link records of a project, `check` holds them against the project's own rules
without any network, `verify` against Wikidata itself, `suggest` asks for items of things that have
none. Nothing here changes a file: `patch` writes down what a person may want to change.
"""
