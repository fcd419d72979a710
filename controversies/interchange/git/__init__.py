"""Histories to git and from git: a commit is a revision, a file is a page."""
