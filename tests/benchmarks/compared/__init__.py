"""A labelled set of edits: what a person would say changed, and how well comparisons say the same.

Labels were written from the edits, not from what the code answers. Here belong the edits, their labels and the score;
what turns a `Comparison` into labels is in `reported`, and nothing else here knows the code that is measured.
"""
