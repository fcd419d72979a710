"""The sources board: what checks saw that an editor should decide on, and the decisions."""
