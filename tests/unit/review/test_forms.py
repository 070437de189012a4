"""What a script sees of its job, made of what a table says."""

import json

import pytest

from rote.errors import TableError
from rote.job import _by_name
from rote.review.forms import Files, Values

RECORDED = {"0": "a", "1": "b", "shards": ["c", "d"], "train": "e", "none": []}


def test_paths_stand_in_one_list_and_those_with_a_name_are_attributes_too():
    files = Files(RECORDED)
    assert files == ["a", "b", "c", "d", "e"]
    assert (files[0], files.shards, files.train, files.none) == ("a", ["c", "d"], "e", [])
    assert dict(files.items()) == {"shards": ["c", "d"], "train": "e", "none": []}


def test_paths_without_a_name_stand_in_the_order_of_their_places():
    recorded = {str(place): f"file {place}" for place in sorted(range(12), key=str)}
    assert Files(recorded) == [f"file {place}" for place in range(12)]


def test_a_job_done_again_records_its_files_as_the_first_one_did():
    assert _by_name(Files(json.loads(json.dumps(RECORDED)))) == RECORDED


@pytest.mark.parametrize("recorded", [{"0": None}, {"a": 3}, {"a": ["b", 3]}, {"a": {"b": "c"}}])
def test_what_is_no_path_is_refused(recorded):
    with pytest.raises(TableError, match="stands among its files and is no path"):
        Files(recorded)


def test_a_name_that_is_not_on_record_is_named():
    for form in (Files({"train": "a"}), Values(train="a")):
        assert not hasattr(form, "test")
        with pytest.raises(TableError, match="no 'test' is on record, only train"):
            _ = form.test


def test_values_are_a_mapping_and_attributes():
    values = Values(seed_key="a", study_seed=1)
    assert values.seed_key == values["seed_key"] == values.get("seed_key") == "a"
    assert list(values.items()) == [("seed_key", "a"), ("study_seed", 1)]
