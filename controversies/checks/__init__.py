"""Checks of sources by machines: fetching, reading, comparing, verdicts and tasks for editors.

It reads the record and writes none of it: no check makes a revision or moves a digest. Nothing here draws a page.
"""
