"""A run of the study as its user sees it: how far it is, how long it still takes, what failed."""
