"""The public site: pages for readers, drawn from documents and the record, never from the rows of one controversy."""
