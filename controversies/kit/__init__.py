"""One of each small tool that any layer may need: keys, pagination, retries. Nothing here knows what a page says."""
