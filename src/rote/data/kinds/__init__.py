"""Kinds of data of one's own: one module each, chosen by the `kind` that the configuration states."""
