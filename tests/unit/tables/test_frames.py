import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rote import tables
from rote.errors import TableError
from rote.tables.frames import gather

SCHEMA = tables.Schema(
    "heights",
    (
        tables.Column("class", pa.int16(), "Number of the class"),
        tables.Column("height", pa.float64(), "Height", unit="metre", nullable=True),
        tables.Column("kind", pa.dictionary(pa.int32(), pa.string()), "Name that repeats"),
    ),
)
WILDCARDS = st.fixed_dictionaries({"run": st.sampled_from(["a", "b"]), "tap": st.sampled_from(["x", "y", "z"])})
HEIGHTS = st.lists(st.floats(0, 9) | st.none(), max_size=4)


def write(path, heights=(1.0,), wildcards=None, kind="k", **recorded):
    columns = {"class": range(len(heights)), "height": heights, "kind": pa.array([kind] * len(heights))}
    columns["kind"] = columns["kind"].cast(pa.string()).dictionary_encode()
    tables.write(path, SCHEMA, columns, {"wildcards": wildcards or {}, **recorded})
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(WILDCARDS, HEIGHTS), min_size=1, max_size=4, unique_by=lambda one: (one[0]["run"], one[0]["tap"])
    )
)
def test_every_row_of_every_table_is_there_and_says_whose_it_is(tmp_path, written):
    paths = [
        write(tmp_path / f"{number}.parquet", heights, wildcards, kind=f"kind {number}")
        for number, (wildcards, heights) in enumerate(written)
    ]
    frame = gather(paths, SCHEMA, ["tap", "run"])
    assert list(frame.columns) == ["tap", "run", "class", "height", "kind"]
    wanted = [
        (wildcards["tap"], wildcards["run"], place, height, f"kind {number}")
        for number, (wildcards, heights) in enumerate(written)
        for place, height in enumerate(heights)
    ]
    found = frame.astype({"height": object}).where(frame.notna(), None)
    assert list(found.itertuples(index=False, name=None)) == wanted
    assert frame.index.tolist() == list(range(len(wanted)))


def test_one_table_needs_no_name_and_is_what_the_table_holds(tmp_path):
    path = write(tmp_path / "t.parquet", [1.0, None])
    for given_as in (path, str(path), [path]):
        pd.testing.assert_frame_equal(gather(given_as, SCHEMA), tables.read(path, SCHEMA).to_pandas())


def test_other_fields_of_the_provenance_stand_behind_and_may_be_alike_or_mappings(tmp_path):
    noise = {"standard_deviation": 0.5}
    paths = [write(tmp_path / run, [1.0, 2.0], {"run": run}, noise=noise, n=number) for number, run in enumerate("ab")]
    frame = gather(paths, SCHEMA, ["run"], ["noise", "n"])
    assert list(frame.columns) == ["run", "class", "height", "kind", "noise", "n"]
    assert frame["noise"].tolist() == [noise] * 4
    assert frame["n"].tolist() == [0, 0, 1, 1]


def test_a_wildcard_goes_before_a_field_of_its_name_and_a_column_of_the_table_before_both(tmp_path):
    path = write(tmp_path / "t.parquet", [1.0], {"run": "wildcard", "class": "7"}, run="field")
    frame = gather(path, SCHEMA, ["run", "class"])
    assert frame["run"].tolist() == ["wildcard"]
    assert frame["class"].tolist() == [0]


def test_only_chosen_columns_and_rows_are_read(tmp_path):
    paths = [write(tmp_path / run, [1.0, 2.0, 3.0], {"run": run}) for run in "ab"]
    frame = gather(paths, SCHEMA, ["run"], columns=["height"], where=pc.field("height") > 1.5)
    assert frame.to_dict("list") == {"run": ["a", "a", "b", "b"], "height": [2.0, 3.0, 2.0, 3.0]}
    assert gather(paths, SCHEMA, ["run"], where=pc.field("height") > 9).empty


def test_a_table_without_rows_adds_none(tmp_path):
    paths = [write(tmp_path / "a", [], {"run": "a"}), write(tmp_path / "b", [1.0], {"run": "b"})]
    for where in (None, pc.field("height") > 0):
        assert gather(paths, SCHEMA, ["run"], where=where)["run"].tolist() == ["b"]


def test_a_table_that_does_not_say_whose_it_is_is_named(tmp_path):
    paths = [write(tmp_path / "a", wildcards={"run": "a"}), write(tmp_path / "silent", rule="r")]
    with pytest.raises(TableError, match=r"silent does not say of which run it is: its provenance has .*rule.*"):
        gather(paths, SCHEMA, ["run"])


def test_two_tables_that_say_the_same_are_named(tmp_path):
    paths = [write(tmp_path / name, wildcards={"run": "r", "tap": name}) for name in ("one", "other")]
    assert len(gather(paths, SCHEMA, ["run", "tap"])) == 2
    with pytest.raises(TableError, match=r"one and .*other are of the same origin \(run r\)"):
        gather(paths, SCHEMA, ["run"])
    with pytest.raises(TableError, match=r"nothing is asked"):
        gather(paths, SCHEMA)
    with pytest.raises(TableError, match=r"one and .*one are of the same"):
        gather([paths[0], paths[0]], SCHEMA, ["run", "tap"])


def test_a_table_of_another_schema_and_no_table_at_all_are_refused(tmp_path):
    other = tables.Schema("other", SCHEMA.columns[:1])
    path = write(tmp_path / "t.parquet")
    with pytest.raises(TableError, match="is not a 'other' table"):
        gather(path, other)
    with pytest.raises(TableError, match="no 'other' table is given"):
        gather([], other)


def test_rows_beyond_one_block_are_all_read(tmp_path, monkeypatch):
    monkeypatch.setattr("rote.tables.frames.BLOCK", 2)
    path = write(tmp_path / "t.parquet", np.arange(7.0).tolist())
    assert gather(path, SCHEMA, where=pc.field("height") >= 3)["height"].tolist() == [3.0, 4.0, 5.0, 6.0]
