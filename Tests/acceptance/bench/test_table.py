import unittest

from benchmark.figures import DISTURBED_CORES, Figure, Series
from benchmark.table import load_of_others, rounds, rows, terminal


class TableTests(unittest.TestCase):
    figures = [
        Figure("holds/s", "9/s", how="a | b", others="0.10"),
        Figure.ratio("÷ bare", Series([0.5] * 5, [0] * 5), 0.6),
        Figure.missing("a long log", "≥ 1"),
    ]

    def test_a_row_for_each_figure_with_its_bar_and_whether_it_is_met(self):
        head, line, *found = rows(self.figures).splitlines()
        self.assertEqual(head.count("|"), line.count("|"))
        self.assertEqual(
            found,
            [
                r"| holds/s | 9/s |  |  | a \| b | 0.10 |",
                "| ÷ bare | 0.50 (0.50 to 0.50) | ≥ 0.6 | MISS |  | 0.00 (0.00 to 0.00) |",
                "| a long log | not measured in this run | ≥ 1 |  |  |  |",
            ],
        )

    def test_terminal_has_the_same(self):
        text = terminal(self.figures)
        self.assertIn("÷ bare\n    0.50 (0.50 to 0.50)  [bar ≥ 0.6: MISS]\n    load of others, in cores: 0.00", text)
        self.assertIn("not measured in this run  [bar ≥ 1]", text)

    def test_failed_part_is_a_miss_on_one_line(self):
        figure = Figure.failed("orders", "it stopped:\n  line 1\n  line 2")
        self.assertEqual(figure.verdict, "MISS")
        self.assertEqual(len(rows([figure]).splitlines()), 3)

    def test_few_rounds_are_called_few(self):
        self.assertEqual(rounds(5, 6), "* 5 rounds of 6 s after 1.5 s of warm-up")
        self.assertIn("fewer than 5", rounds(1, 2))

    def test_disturbed_measurements_are_counted(self):
        self.assertIn("in 1 of 3 more than", load_of_others([0, DISTURBED_CORES + 1, DISTURBED_CORES]))
        self.assertIsNone(load_of_others([]))
