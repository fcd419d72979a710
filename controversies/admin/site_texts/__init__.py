"""The desk's pages for the texts about the site: their list, and the form of each."""
