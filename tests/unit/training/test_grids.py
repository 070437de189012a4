from hypothesis import given
from hypothesis import strategies as st

from rote.config.grids import Logarithmic
from rote.training.grids import Grid

grids = st.one_of(
    st.builds(Grid, every=st.integers(1, 50)),
    st.builds(lambda n: Grid(logarithmic=Logarithmic(points_per_decade=n)), st.integers(1, 30)),
    st.builds(lambda n: Grid(logarithmic=Logarithmic(count=n)), st.integers(1, 30)),
    st.just(Grid(piecewise=((0, 30, 1), (30, 90, 3), (90, 400, 10)))),
)


@given(grids, st.integers(0, 500))
def test_every_grid_holds_the_untrained_and_the_final_epoch_and_ascends(grid, last):
    epochs = grid.epochs(last)
    assert epochs[0] == 0
    assert epochs[-1] == last
    assert list(epochs) == sorted(set(epochs))


def test_every_n_epochs():
    assert Grid(every=3).epochs(10) == (0, 3, 6, 9, 10)


def test_pieces_follow_one_another_as_in_the_training_dynamics_paper():
    epochs = Grid(piecewise=((0, 300, 1), (300, 900, 3), (900, 4000, 10))).epochs(3999)
    assert epochs[:300] == tuple(range(300))
    assert epochs[300:500] == tuple(range(300, 900, 3))
    assert epochs[500:] == (*range(900, 3999, 10), 3999)


def test_points_per_decade_are_the_rounded_powers_of_ten():
    assert Grid(logarithmic=Logarithmic(points_per_decade=2)).epochs(1000) == (0, 1, 3, 10, 32, 100, 316, 1000)


def test_a_count_of_points_spans_the_first_to_the_last_epoch():
    assert Grid(logarithmic=Logarithmic(count=4)).epochs(1000) == (0, 1, 10, 100, 1000)
