"""Files with everything public, for whoever wants all of it: the corpus, and tables as CSV.

The worker makes them (`make`) and keeps them in `DOWNLOADS_DIR`: nobody waits for a file to be drawn, however many
pages there are. What is drawn on request belongs into `public`.
"""
