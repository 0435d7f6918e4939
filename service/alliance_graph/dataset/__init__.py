"""Files and graphs: reading the sources, building a release, describing it."""
