from rote.progress import bar, track


def test_tracked_items_come_through_unchanged_and_in_order(capsys):
    assert list(track(iter("abc"), "letters", total=3)) == ["a", "b", "c"]
    assert "letters" in capsys.readouterr().err


def test_the_length_of_what_is_tracked_is_known_where_it_has_one(capsys):
    assert list(track([1, 2], "numbers")) == [1, 2]
    assert "2/2" in capsys.readouterr().err


def test_a_bar_goes_on_where_a_killed_job_stopped(capsys):
    with bar("steps", 10, "step", initial=4) as moving:
        moving.update(6)
    assert "10/10" in capsys.readouterr().err


def test_a_bar_that_is_not_shown_writes_nothing(capsys):
    with bar("steps", 10, "step", shown=False) as moving:
        moving.update(10)
    assert capsys.readouterr().err == ""
