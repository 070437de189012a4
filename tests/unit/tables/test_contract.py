import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rote import tables
from rote.errors import TableError

SCHEMA = tables.Schema(
    "score",
    (
        tables.Column("example", pa.int32(), "Number of the example"),
        tables.Column("score", pa.float64(), "Memorization score", unit="probability"),
        tables.Column("epoch", pa.int32(), "Epoch, if any", nullable=True),
    ),
)
ROWS = {"example": np.arange(3), "score": np.array([0.5, 0.25, 1]), "epoch": [1, None, 3]}


def test_a_table_reads_back_as_written(tmp_path):
    tables.write(tmp_path / "t.parquet", SCHEMA, ROWS, {"code": "abc"})
    assert tables.read(tmp_path / "t.parquet", SCHEMA).to_pydict() == {
        "example": [0, 1, 2],
        "score": [0.5, 0.25, 1.0],
        "epoch": [1, None, 3],
    }


def test_a_table_carries_its_provenance_units_and_descriptions(tmp_path):
    tables.write(tmp_path / "t.parquet", SCHEMA, ROWS, {"code": "abc"})
    recorded = tables.provenance(tmp_path / "t.parquet")
    assert recorded["code"] == "abc"
    assert recorded["schema"] == "score"
    assert "torch" in recorded["packages"]
    field = pq.read_schema(tmp_path / "t.parquet").field("score")
    assert field.metadata[b"unit"] == b"probability"
    assert field.metadata[b"description"] == b"Memorization score"


def test_equal_rows_and_provenance_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        tables.write(tmp_path / name, SCHEMA, ROWS, {"code": "abc"})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_blocks_written_one_by_one_read_as_one_table(tmp_path):
    with tables.writing(tmp_path / "t.parquet", SCHEMA, {}) as table:
        table.append(ROWS)
        table.append(ROWS)
    assert tables.read(tmp_path / "t.parquet", SCHEMA)["example"].to_pylist() == [0, 1, 2, 0, 1, 2]
    blocks = list(tables.iterate(tmp_path / "t.parquet", SCHEMA, rows=2))
    assert max(map(len, blocks)) <= 2
    assert sum(map(len, blocks)) == 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": [0.5, np.nan, 1]}, "NaN"),
        ({"example": [1, None, 3]}, "null"),
        ({"example": [0.5, 1, 2]}, "'example'"),
        ({"example": [2**40, 1, 2]}, "'example'"),
        ({"example": pa.array([1, 2, 3], pa.int64())}, "int64"),
        ({"example": [1, 2]}, "differ in length"),
        ({"label": [1, 2, 3]}, "columns"),
    ],
)
def test_rows_that_break_the_contract_are_refused_and_nothing_is_written(tmp_path, change, message):
    with pytest.raises(TableError, match=message):
        tables.write(tmp_path / "t.parquet", SCHEMA, ROWS | change, {})
    assert list(tmp_path.iterdir()) == []


def test_a_missing_column_is_refused(tmp_path):
    with pytest.raises(TableError, match="columns"):
        tables.write(tmp_path / "t.parquet", SCHEMA, {"example": [1]}, {})


def test_a_table_of_another_schema_is_not_read(tmp_path):
    tables.write(tmp_path / "t.parquet", SCHEMA, ROWS, {})
    other = tables.Schema("other", SCHEMA.columns[:2])
    with pytest.raises(TableError, match="is not a 'other' table"):
        tables.read(tmp_path / "t.parquet", other)


def test_a_truncated_table_is_named(tmp_path):
    path = tmp_path / "t.parquet"
    tables.write(path, SCHEMA, ROWS, {})
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(TableError, match=r"t\.parquet is damaged"):
        tables.read(path, SCHEMA)


def test_no_flipped_bit_of_the_rows_alters_what_is_read(tmp_path):
    whole, flipped = tmp_path / "t.parquet", tmp_path / "flipped.parquet"
    tables.write(whole, SCHEMA, ROWS, {})
    content, rows = whole.read_bytes(), tables.read(whole, SCHEMA)
    footer = 8 + int.from_bytes(content[-8:-4], "little")
    named = 0
    for place in range(8 * (len(content) - footer)):
        damaged = bytearray(content)
        damaged[place // 8] ^= 1 << place % 8
        flipped.write_bytes(damaged)
        try:
            found = tables.read(flipped, SCHEMA)
        except TableError:
            named += 1
        else:
            assert found.equals(rows)
    assert named > 1000


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(TableError, match=r"absent\.parquet is missing"):
        tables.read(tmp_path / "absent.parquet", SCHEMA)


def test_a_foreign_table_has_no_provenance(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "t.parquet")
    with pytest.raises(TableError, match="no provenance"):
        tables.provenance(tmp_path / "t.parquet")
