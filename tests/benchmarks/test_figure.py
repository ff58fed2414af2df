from itaku.benchmarks.figure import Figure, table


def test_figures_stand_in_columns_whatever_the_width_of_their_letters():
    figures = [Figure("証明書", 10.66, "ms", "作成"), Figure("record", 12345.6, "tx/s", "")]
    assert table(figures).splitlines() == ["証明書    10.7 ms    作成", "record  12,346 tx/s"]


def test_no_figures_make_no_lines():
    assert table([]) == ""
