"""Errors that a user can mend: each message names the thing at fault and the remedy."""


class RoteError(Exception):
    """Something outside the code is wrong: a key, a file, an archive, a label, a shape, a value.

    Jobs print its message alone, without a traceback, and stop with a non-zero exit.
    """


class ConfigError(RoteError):
    """The configuration says something that the study does not understand."""


class DataError(RoteError, ValueError):
    """A data set, an archive or an array is missing, damaged or of the wrong form.

    It is a ValueError too, as scikit-learn asks of estimators that refuse an array.
    """


class TableError(RoteError):
    """A table does not keep its contract: wrong columns, wrong types, damaged or missing."""


class TrainingError(RoteError):
    """A training run cannot go on: its loss is not finite, or a checkpoint is damaged."""
