"""Pages that other sites may show in a frame. All others of the site refuse it."""

from django.http import HttpResponse
from django.utils.csp import CSP

# No script, no form, nothing from elsewhere: a frame of a stranger's page can do no more than be read. The glyphs are
# images within the style sheet.
FRAME_CSP = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.SELF],
    "img-src": ["data:"],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.NONE],
    "frame-ancestors": ["*"],
}
FOLDER = "/embed/"  # in the path of each of them


def allow_frames[R: HttpResponse](response: R) -> R:
    """Have an answer shown in frames of any site, under a policy of its own."""
    response._csp_config = FRAME_CSP  # type: ignore[attr-defined]  # as Django's decorator does
    response.xframe_options_exempt = True
    return response
