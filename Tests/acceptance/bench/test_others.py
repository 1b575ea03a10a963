import unittest

from benchmark.others import Process, busy_ticks, cores_of_others, trees


def process(parent, ticks=(0, 0, 0, 0), name="name"):
    user, system, waited_user, waited_system = ticks
    return Process(f"7 ({name}) S {parent} 1 1 0 -1 0 0 0 0 0 {user} {system} {waited_user} {waited_system} 20 0 1")


class OthersTests(unittest.TestCase):
    def test_process_counts_its_own_time_and_that_of_ended_children(self):
        one = process(3, (1, 20, 300, 4000))
        self.assertEqual((one.parent, one.ticks), (3, 4321))

    def test_name_of_a_process_may_hold_anything(self):
        one = process(3, (1, 1, 1, 1), name="a) R 9 (b")
        self.assertEqual((one.name, one.parent, one.ticks), ("a) R 9 (b", 3, 4))

    def test_trees_are_the_roots_and_all_below(self):
        processes = {pid: process(parent) for pid, parent in {1: 0, 2: 1, 3: 2, 4: 3, 5: 1, 6: 5}.items()}
        self.assertEqual(trees(processes, {2}), {2, 3, 4})
        self.assertEqual(trees(processes, {3, 5}), {3, 4, 5, 6})

    def test_root_that_has_ended_has_no_tree(self):
        self.assertEqual(trees({1: process(0), 2: process(1)}, {9}), set())

    def test_machine_is_busy_with_neither_idling_waiting_nor_interrupts(self):
        self.assertEqual(busy_ticks("cpu  1 20 300 10000 10000 10000 10000 4000 0 0"), 4321)

    def test_others_used_what_was_not_ours(self):
        # In 4 s the machine was busy for 6 s; 5 of them were ours.
        self.assertAlmostEqual(cores_of_others((10, 100, 50), (14, 106, 55)), 0.25)

    def test_others_never_used_less_than_nothing(self):
        self.assertEqual(cores_of_others((10, 100, 50), (14, 101, 51.02)), 0)
