import pandas as pd

from rote.tables.moments import at_moments


def history(best, last):
    """HISTORY of runs with their best and last epochs."""
    rows = [
        {"run": run, "epoch": epoch, "subset": "test", "error": 0.1 if epoch == best[run] else 0.5}
        for run in best
        for epoch in range(last[run] + 1)
    ]
    return pd.DataFrame(rows)


def rows(epochs):
    return pd.DataFrame([{"run": run, "epoch": epoch} for run, of_run in epochs.items() for epoch in of_run])


def found(epochs, best, last):
    chosen = at_moments(rows(epochs), history(best, last))
    return {moment: dict(zip(part["run"], part["epoch"], strict=True)) for moment, part in chosen.groupby("moment")}


def test_each_run_has_epochs_of_its_own():
    moments = found({"a": [0, 3, 9], "b": [0, 5, 7]}, best={"a": 3, "b": 5}, last={"a": 9, "b": 7})
    assert moments == {"first": {"a": 0, "b": 0}, "best": {"a": 3, "b": 5}, "last": {"a": 9, "b": 7}}


def test_an_epoch_that_is_the_best_and_the_last_stands_for_both():
    assert found({"a": [0, 9]}, best={"a": 9}, last={"a": 9}) == {"first": {"a": 0}, "best": {"a": 9}, "last": {"a": 9}}


def test_a_moment_that_one_run_lacks_is_left_out():
    moments = found({"a": [0, 3, 9], "b": [0, 7]}, best={"a": 3, "b": 5}, last={"a": 9, "b": 7})
    assert set(moments) == {"first", "last"}


def test_the_earliest_of_what_was_taken_is_not_the_first_if_it_is_the_best_or_the_last():
    assert set(found({"a": [3, 9]}, best={"a": 3}, last={"a": 9})) == {"best", "last"}
    assert set(found({"a": [9]}, best={"a": 3}, last={"a": 9})) == {"last"}
