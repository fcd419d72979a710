"""The pages on which editors decide: the review queue, proposals, suggestions, withdrawal and removals."""
