import contextlib
import io
import unittest

from benchmark.figures import DISTURBED_CORES
from benchmark.rounds import Measurement, alternate


class RoundsTests(unittest.TestCase):
    def alternate(self, rounds, names, others=0.0):
        order = []

        def contestant(name):
            def measure():
                order.append(name)
                return Measurement(len(order), others)

            return measure

        with contextlib.redirect_stdout(io.StringIO()) as said:
            results = alternate(rounds, {name: contestant(name) for name in names})
        return order, results, said.getvalue()

    def test_first_comes_last_in_the_next_round(self):
        order, results, _ = self.alternate(3, ["a", "b"])
        self.assertEqual(order, ["a", "b", "b", "a", "a", "b"])
        self.assertEqual(results["a"].rates.values, [1, 4, 5])
        self.assertEqual(results["b"].rates.values, [2, 3, 6])
        self.assertEqual(results["a"].rates.others, [0, 0, 0])

    def test_those_with_the_same_connections_stay_neighbours(self):
        order, results, said = self.alternate(2, [("a", 64), ("b", 64), ("a", 256), ("b", 256)])
        self.assertEqual(order[4:], [("b", 256), ("a", 256), ("b", 64), ("a", 64)])
        self.assertIn("round 2, b, 256 connections: 5/s (others 0.00 cores)", said)
        self.assertEqual(results["b", 256].rates.values, [4, 5])

    def test_disturbed_round_says_so(self):
        _, _, said = self.alternate(1, ["a"], others=DISTURBED_CORES + 1)
        self.assertIn("cores; disturbed)", said)
