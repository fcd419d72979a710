"""The answers of the API, by noun."""
