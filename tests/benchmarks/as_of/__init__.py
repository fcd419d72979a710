"""What it costs to read the site as of a past day, as ratios to today's answers."""
