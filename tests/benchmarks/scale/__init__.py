"""A database of any number of pages, filled fast, and the sweep that measures every address at two sizes."""
