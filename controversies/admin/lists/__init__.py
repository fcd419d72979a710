"""The admin's lists: their titles, columns and filters."""
