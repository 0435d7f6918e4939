"""Alliance Graph: military alliances as linked data, validated and served over SPARQL."""

__version__ = "0.1.0"
