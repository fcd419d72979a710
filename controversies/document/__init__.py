"""One controversy as one value: types, canonical form, from rows, onto rows, compare, merge."""
