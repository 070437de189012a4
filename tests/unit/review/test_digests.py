import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rote import tables
from rote.review.digests import review_digests
from rote.tables import Column, Schema

SCHEMA = Schema("numbers", (Column("x", pa.float64(), "a number"), Column("name", pa.string(), "a name")))
VALUES = {"x": np.arange(1000) / 7, "name": [f"row {i}" for i in range(1000)]}


@pytest.fixture
def path(tmp_path):
    with tables.writing(tmp_path / "numbers.parquet", SCHEMA, {"seed": 1}) as table:
        for _ in range(3):
            table.append(VALUES)
    return tmp_path / "numbers.parquet"


def altered(path, how):
    table = pq.read_table(path)
    x = table["x"].to_numpy().copy()
    x[1234] += 1e-9
    return how(table.set_column(0, table.schema.field("x"), pa.array(x)))


def found(path):
    (agreement,) = review_digests(path.parent)
    return agreement


def test_tables_fit_their_digest(path):
    assert found(path).agrees


def test_an_empty_table_has_a_digest_too(tmp_path):
    with tables.writing(tmp_path / "empty.parquet", SCHEMA, {}):
        pass
    assert found(tmp_path / "empty.parquet").agrees


def test_the_digest_leaves_a_tables_bytes_to_its_content(path, tmp_path):
    other = tmp_path / "other" / "numbers.parquet"
    with tables.writing(other, SCHEMA, {"seed": 1}) as table:
        for _ in range(3):
            table.append(VALUES)
    assert other.read_bytes() == path.read_bytes()


def test_a_value_altered_with_all_metadata_kept_does_not_fit(path):
    kept = pq.ParquetFile(path).metadata.metadata
    table = altered(path, lambda table: table)
    with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"digest": kept[b"digest"].decode()})
    assert "altered" in found(path).note


def test_a_value_altered_by_pyarrow_or_pandas_leaves_no_digest(path):
    altered(path, lambda table: pq.write_table(table, path))
    assert "carries no digest" in found(path).note
    altered(path, lambda table: table.to_pandas().to_parquet(path))
    assert "carries no provenance" in found(path).note


def test_altered_provenance_does_not_fit(path):
    parquet = pq.ParquetFile(path)
    digest = parquet.metadata.metadata[b"digest"].decode()
    table = parquet.read()
    schema = table.schema.with_metadata({"rote": table.schema.metadata[b"rote"].replace(b'"seed":1', b'"seed":2')})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, 3000, 1000):
            writer.write_table(table.slice(start, 1000).replace_schema_metadata(schema.metadata))
        writer.add_key_value_metadata({"digest": digest})
    assert not found(path).agrees


@pytest.mark.parametrize("place", [10, 3000])
def test_a_flipped_bit_is_found(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert not found(path).agrees


def test_a_truncated_table_is_found(path):
    path.write_bytes(path.read_bytes()[:-100])
    assert "damaged" in found(path).note
