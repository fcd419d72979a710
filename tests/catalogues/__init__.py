"""The catalogues of the site's own words (`controversies/locale/`): the strings that they must have, and their form.

    .venv/bin/python -m tests.catalogues

brings them up to date: it adds new strings without a translation, removes those that nothing uses, and compiles.
The tests beside it fail on what is missing.
"""
