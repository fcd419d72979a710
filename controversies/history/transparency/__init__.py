"""The public log, by which strangers can tell whether the record was rewritten: entries, tree, notes, tiles, proofs.

`merkle`, `tiles`, `notes` and `policy` hold the formats, those of C2SP and RFC 6962, and know no database. `tree` and
`entries` read the log from the database. Keys and signing belong to commands: nothing here signs.
"""
