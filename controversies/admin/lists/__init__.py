"""Filters of the admin's lists."""
