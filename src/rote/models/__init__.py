"""Architectures, one file each, and the named layers at which their representations are taken."""
