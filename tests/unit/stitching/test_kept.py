import pytest
import torch

from rote.stitching.kept import KeptActivations, Room

CHOSEN = torch.tensor([5, 0, 9])


@pytest.mark.parametrize("limit", [0, 1 << 30])
@pytest.mark.parametrize("order", [torch.channels_last, torch.contiguous_format])
def test_maps_come_back_as_they_were_in_their_order_in_memory(limit, order, tmp_path):
    maps = torch.randn(10, 3, 4, 5).to(memory_format=order)
    with KeptActivations(10, Room(limit, tmp_path)) as kept:
        for block in maps.split(4):
            kept.append(block)
        assert kept.in_file == (limit == 0)
        assert torch.equal(kept[CHOSEN], maps[CHOSEN])
        assert kept[CHOSEN].stride() == maps[CHOSEN].stride()


def test_vectors_and_tokens_come_back_as_they_were():
    for shape in ((10, 7), (10, 3, 7)):
        values = torch.randn(shape)
        with KeptActivations(10, Room(0)) as kept:
            kept.append(values)
            assert torch.equal(kept[CHOSEN], values[CHOSEN])


def test_a_file_is_gone_afterwards(tmp_path):
    with KeptActivations(10, Room(0, tmp_path)) as kept:
        kept.append(torch.randn(10, 7))
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
