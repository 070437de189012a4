import importlib
import pkgutil

import pytest

import rote.tables
from rote.tables import Schema
from rote.tables.data import images

FAMILIES = [
    importlib.import_module(f"rote.tables.{module.name}") for module in pkgutil.iter_modules(rote.tables.__path__)
]
NAMED = [value for family in FAMILIES for value in vars(family).values() if isinstance(value, Schema)]
SCHEMAS = [*{id(schema): schema for schema in NAMED}.values(), images((8, 8, 1))]  # one may import another's
COLUMNS = [(schema, column) for schema in SCHEMAS for column in schema.columns]


def plain(type_):
    """Arrow type, a dictionary of texts taken for texts."""
    return getattr(type_, "value_type", type_)


@pytest.mark.parametrize("name", sorted({column.name for _, column in COLUMNS}))
def test_a_column_name_has_one_type_and_one_unit_in_all_tables(name):
    forms = {(str(plain(column.type)), column.unit) for _, column in COLUMNS if column.name == name}
    assert len(forms) == 1


def test_no_two_tables_have_the_same_name():
    names = [schema.name for schema in SCHEMAS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("schema", "column"), COLUMNS, ids=lambda value: value.name)
def test_every_column_is_described(schema, column):
    assert len(column.description) > 10
