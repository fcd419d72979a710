"""The page that edits a controversy: from a request to a form, a document, a revision and the response."""
