"""Subscriptions by e-mail with their digests, and the calendar of reviews. Feeds are in `pages`."""
