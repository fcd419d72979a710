"""The layout of PNG files, for Typst."""

from importlib.resources import files

LAYOUT = files(__package__).joinpath("picture.typ").read_bytes()
