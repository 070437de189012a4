from rote.job import Job
from rote.memorization.without_bin import without


def test_draws_of_a_network_without_a_bin_keep_the_key_by_which_results_were_made():
    part = Job(1, "a run, smoothed").for_part(without(3, "exact"), bin=3)
    assert part.seed_key == "a run, smoothed, without bin 3 of exact densities"
