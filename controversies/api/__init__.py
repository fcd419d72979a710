"""The read API, under /api/v1/: what readers see, as JSON, for programs.

Each address is declared once (`endpoint.Endpoint`): its parameters, what it answers, and the function that does. From
that come how a request is read and refused, the description in OpenAPI, and the page to try it at. Nobody is known
here: no session is read, whatever cookies are sent.

No framework: django-ninja 1.7.1 was tried. It passes over unknown parameters even where told to forbid them, takes the
last of a parameter given twice, 1_0 for ten and 7.0 for seven, answers HEAD and OPTIONS with 405 and errors with HTML,
and cannot describe problem+json. What a document holds is described already, in `document.types`.
"""
