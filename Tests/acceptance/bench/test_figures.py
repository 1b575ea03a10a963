import unittest

from benchmark.figures import DISTURBED_CORES, Figure, Series

QUIET = DISTURBED_CORES / 2
LOUD = DISTURBED_CORES * 2


def quiet(*values):
    return Series(values, [QUIET] * len(values))


class SeriesTests(unittest.TestCase):
    def test_text_is_the_median_with_the_lowest_and_the_highest(self):
        self.assertEqual(quiet(3000, 1000, 1500).text("/s"), "1,500/s (1,000 to 3,000)")

    def test_one_value_has_no_spread(self):
        self.assertEqual(quiet(2.345).text(" ms", 1), "2.3 ms")

    def test_ratio_is_taken_round_by_round(self):
        # The machine is twice as slow in the second round: the ratio does not see it.
        ratio = quiet(200, 100, 210).over(quiet(100, 50, 100))
        self.assertEqual(ratio.values, [2.0, 2.0, 2.1])
        self.assertEqual(ratio.text(digits=2), "2.00 (2.00 to 2.10)")

    def test_ratio_needs_both_in_every_round(self):
        with self.assertRaises(ValueError):
            quiet(1, 2).over(quiet(1))

    def test_ratio_is_disturbed_where_either_was(self):
        mine = Series([1, 1, 1], [QUIET, LOUD, QUIET])
        theirs = Series([1, 1, 1], [QUIET, QUIET, LOUD])
        self.assertEqual(mine.over(theirs).disturbed, [2, 3])

    def test_load_of_others_names_the_disturbed_rounds(self):
        self.assertEqual(
            Series([1, 1, 1], [0, 90, 0]).load_of_others(), "0.00 (0.00 to 90.00); disturbed: round 2 of 3"
        )
        self.assertIn("disturbed: rounds 1, 3 of 3", Series([1, 1, 1], [90, 0, 90]).load_of_others())
        self.assertEqual(Series([1, 1], [0, 0]).load_of_others(), "0.00 (0.00 to 0.00)")

    def test_what_was_counted_has_no_load_of_others(self):
        self.assertEqual(Series([1]).load_of_others(), "")


class FigureTests(unittest.TestCase):
    def test_ratio_meets_its_bar_by_the_median(self):
        self.assertEqual(Figure.ratio("a", quiet(0.5, 0.6, 0.7, 0.5, 0.6), 0.6).verdict, "pass")
        self.assertEqual(Figure.ratio("a", quiet(0.5, 0.59, 0.7, 0.5, 0.6), 0.6).verdict, "MISS")
        self.assertEqual(Figure.ratio("a", quiet(0.5, 0.5, 0.5, 0.9, 0.9), at_most=0.6).verdict, "pass")

    def test_ratio_without_a_bar_is_reported(self):
        figure = Figure.ratio("a", quiet(1, 1, 1, 1, 1))
        self.assertEqual((figure.bar, figure.verdict), (None, ""))

    def test_ratio_of_few_rounds_says_so(self):
        self.assertEqual(Figure.ratio("a", quiet(1, 1, 1, 1, 1)).value, "1.00 (1.00 to 1.00)")
        self.assertEqual(Figure.ratio("a", quiet(1, 1, 1, 1)).value, "1.00 (1.00 to 1.00), of only 4 rounds")
        self.assertEqual(Figure.ratio("a", quiet(1)).value, "1.00, of only 1 round")

    def test_limits_name_their_unit(self):
        figure = Figure.at_most("a", quiet(2.5), 2, " ms", 1)
        self.assertEqual((figure.value, figure.bar, figure.verdict), ("2.5 ms", "≤ 2 ms", "MISS"))
        figure = Figure.at_least("a", quiet(1200), 1000, "/s")
        self.assertEqual((figure.value, figure.bar, figure.verdict), ("1,200/s", "≥ 1,000/s", "pass"))
