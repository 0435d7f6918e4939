"""Importers: published datasets become graphs of facts.

One module a dataset; each reads the files as their authors publish them and refuses what their
codebook does not explain. `importing` runs them, `table` reads their CSV, `statements` writes what
they find, `known` says which states, operations and codes the project has.
"""
