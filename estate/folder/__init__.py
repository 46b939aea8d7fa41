"""The estate folder as a whole: making one (init) and reading every file of it (check)."""
