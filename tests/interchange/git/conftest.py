"""A git repository to write to, commit by commit."""

import pytest

from .repositories import Made, git


@pytest.fixture
def made(tmp_path):
    """A new repository with a work tree."""
    folder = tmp_path / "site"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    return Made(folder)
