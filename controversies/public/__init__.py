"""What readers see: pages drawn from documents and from the record, never from rows of one controversy."""
