"""Sites and publishers that host the works of others, so that two works there need not have anything in common."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HOSTS = _words(
    """
    arxiv.org ar5iv.org doi.org dx.doi.org ssrn.com papers.ssrn.com openreview.net biorxiv.org
    medrxiv.org psyarxiv.com osf.io zenodo.org figshare.com researchgate.net academia.edu
    researchsquare.com preprints.org semanticscholar.org jstor.org sciencedirect.com springer.com
    link.springer.com nature.com science.org wiley.com onlinelibrary.wiley.com tandfonline.com
    sagepub.com journals.sagepub.com mdpi.com frontiersin.org plos.org journals.plos.org cell.com
    dl.acm.org ieeexplore.ieee.org aclanthology.org proceedings.mlr.press proceedings.neurips.cc
    papers.nips.cc academic.oup.com cambridge.org ncbi.nlm.nih.gov pubmed.ncbi.nlm.nih.gov
    europepmc.org hal.science books.google.com scholar.google.com drive.google.com docs.google.com
    news.google.com dropbox.com scribd.com archive.org web.archive.org archive.today archive.ph
    archive.is perma.cc webcache.googleusercontent.com youtube.com m.youtube.com youtu.be vimeo.com
    spotify.com open.spotify.com podcasts.apple.com soundcloud.com news.yahoo.com finance.yahoo.com
    yahoo.com msn.com flipboard.com reddit.com news.ycombinator.com quora.com courtlistener.com
    storage.courtlistener.com supreme.justia.com law.justia.com law.cornell.edu casetext.com
    eur-lex.europa.eu congress.gov govinfo.gov federalregister.gov regulations.gov
    legislation.gov.uk bailii.org prnewswire.com businesswire.com globenewswire.com eurekalert.org
    wikipedia.org en.wikipedia.org
    """
)
# Hosts where people have a place of their own: the first part of the path, as in "medium.com/@user".
HOSTS_WITH_USERS_IN_PATH = _words(
    """
    github.com gitlab.com huggingface.co medium.com x.com twitter.com mobile.twitter.com
    facebook.com linkedin.com bsky.app threads.net instagram.com tiktok.com patreon.com
    raw.githubusercontent.com
    """
)
# Hosts where it is the name before the host, as in "user.substack.com".
HOSTS_WITH_USERS_BEFORE = _words(
    """
    medium.com substack.com github.io gitlab.io wordpress.com blogspot.com tumblr.com wixsite.com
    ghost.io notion.site squarespace.com weebly.com netlify.app vercel.app pages.dev hatenablog.com
    livejournal.com
    """
)
# Publishers of this kind, by the first word of their name or the whole of it, in small letters.
PUBLISHERS = _words(
    """
    arxiv ssrn openreview biorxiv medrxiv psyarxiv osf zenodo figshare researchgate medium substack
    youtube github wordpress blogger twitter x facebook linkedin reddit vimeo spotify preprint
    unpublished web website internet online independent wikipedia globenewswire
    """
) | {"hugging face hub", "self published", "pr newswire", "business wire"}
# First parts of a path that are nobody's name.
GENERIC_PATHS = _words("p in company pulse posts i status search watch groups") | {""}
