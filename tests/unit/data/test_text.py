"""Text as people and spreadsheets save it: the same rows, or the line that is wrong."""

import csv

import pytest

from rote.data.text import lines, rows

PLAIN = "example,label\n0,7\n1,é\n"
ROWS = [("0", "7"), ("1", "é")]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        "\ufeff" + PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.replace("\n", "\n\n"),
        PLAIN.replace("\n", "\n , \n"),
        PLAIN.replace(",", ", "),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", ";"),
        PLAIN.removesuffix("\n"),
        '"example","label"\n"0","7"\n"1", "é"\n',
        ",example,more,label\n0,0,x,7\n1,1,x,é\n",
    ],
    ids=[
        "plain",
        "byte-order mark",
        "Windows line ends",
        "old Mac line ends",
        "blank lines",
        "rows of nothing",
        "spaces",
        "tabs",
        "semicolons",
        "no last line end",
        "quotes",
        "other columns",
    ],
)
def test_every_way_to_save_a_table_gives_its_rows(content):
    assert [values for _, values in rows(content.encode(), ("example", "label"))] == ROWS


def test_columns_come_in_the_order_that_is_asked_for():
    assert [values for _, values in rows(PLAIN.encode(), ("label", "example"))] == [("7", "0"), ("é", "1")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks the columns 'example' and 'label' .it is empty"),
        (b"\n\nexample;lable\n", "lacks the columns 'example' and 'label' .line 3 has 'example', 'lable'"),
        (b"example,label,label\n0,1,2\n", "line 1 names one of the columns 'example' and 'label' more than once"),
        (b"example,label\n0,1\n\n2\n", "line 4 has 1 values where line 1 names 2 columns"),
        (b"example,label\n0,1,2\n", "line 2 has 3 values"),
        (b"example,label\n0,1\n1,caf\xe9\n", "line 3 is not UTF-8 .byte 0xe9"),
        (PLAIN.encode("utf-16"), "line 1 is not UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(content, message):
    with pytest.raises(ValueError, match=message):
        rows(content, ("example", "label"))


def test_quotes_that_do_not_match_are_an_error():
    with pytest.raises(csv.Error):
        rows(b'example,label\n0,"1\n', ("example", "label"))


def test_lines_keep_their_numbers_where_blank_ones_are_left_out():
    assert lines("\ufeff\r\nn1\t goldfish \r\n \n n2\u2028x".encode()) == [(2, "n1\t goldfish"), (4, "n2\u2028x")]
