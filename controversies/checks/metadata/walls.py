"""Titles of pages that stand between a reader and the work: challenges, log-ins, errors."""

import re

from .titles import title_words

_WHOLE = {
    *(
        "just a moment",
        "one moment",
        "one moment please",
        "please wait",
        "robot check",
        "captcha",
        "access denied",
    ),
    *(
        "attention required cloudflare",
        "attention required",
        "access to this page has been denied",
        "blocked",
    ),
    *("are you a robot", "are you human", "are you a human", "human verification", "security check"),
    *(
        "security verification",
        "verify you are human",
        "please verify you are human",
        "verifying you are human",
    ),
    *("please verify you are a human", "verify you are a human", "bot verification", "bot detection"),
    *("checking your browser", "checking your browser before accessing", "client challenge", "ddos guard"),
    *("vercel security checkpoint", "performing security verification", "redirecting", "loading", "untitled"),
    *("untitled document", "forbidden", "not found", "page not found", "unauthorized", "bad gateway"),
    *("service unavailable", "service temporarily unavailable", "too many requests", "internal server error"),
    *("gateway time out", "gateway timeout", "error", "an error occurred", "page unavailable"),
    *("this page isnt available", "log in", "login", "sign in", "signin", "sign up", "log in or sign up"),
    *("log in to continue", "sign in to continue", "subscribe to read", "subscribe to continue reading"),
    *("cookie consent", "cookies", "cookie policy", "before you continue", "before you continue to youtube"),
    *(
        "enable javascript",
        "javascript is required",
        "javascript is disabled",
        "enable javascript and cookies to continue",
    ),
}
_NUMBERED = re.compile(r"^(?:error |http )?(?:4[0-9]{2}|5[0-9]{2})(?: (?P<rest>.*))?$")


def is_wall_title(title: str) -> bool:
    """Whether a page of this title shows no work: "Just a moment…", "403 Forbidden", "Sign in"."""
    words = " ".join(title_words(title))
    if words in _WHOLE:
        return True
    numbered = _NUMBERED.match(words)
    return numbered is not None and (not numbered["rest"] or numbered["rest"] in _WHOLE)
