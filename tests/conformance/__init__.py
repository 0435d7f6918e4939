"""The W3C test suites for SPARQL, sent to the service over HTTP.

The suites are not part of the project; without them beside it (`suites.py`) these tests are
skipped. What the engine is known to answer otherwise than a suite wants is listed in
`expectations.toml`, each with its reason; any other difference fails.
"""
