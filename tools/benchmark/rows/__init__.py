"""The figures, in the table's order: each is a function of a Bench that returns its lines."""
