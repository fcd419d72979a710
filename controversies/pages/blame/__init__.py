"""The blame of pages as people see it: texts in passages, each with its author beside it, and values with theirs."""
