"""Pages as sites of many kinds send them, with what should be proposed from each; written before the reader ran.

The works are made up, or are those of the fixtures; the markup is that of the software named.
"""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SamplePage:
    """A page's address and HTML, and what is wanted from it; `failure` for a page that shows no work."""

    name: str
    url: str
    html: str
    wanted: dict[str, str]
    failure: str = ""
    content_type: str = "text/html; charset=utf-8"

    @property
    def body(self) -> bytes:
        charset = self.content_type.partition("charset=")[2] or "utf-8"
        return self.html.encode(charset)


def _metas(kind: str, **values: str | list[str]) -> str:
    pairs = [
        (name, each)
        for name, value in values.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    return "\n".join(f'<meta {kind}="{name}" content="{value}">' for name, value in pairs)


def names(**values: str | list[str]) -> str:
    return _metas("name", **values)


def properties(**values: str | list[str]) -> str:
    return _metas("property", **{name.replace("__", ":"): value for name, value in values.items()})


def linked(*things: Any) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(each)}</script>' for each in things)


def page(head: str, body: str = "<p>Words.</p>", title: str = "") -> str:
    shown = f"<title>{title}</title>" if title else ""
    return f'<!doctype html><html lang="en"><head><meta charset="utf-8">{shown}{head}</head><body>{body}</body></html>'


PAGES = [
    SamplePage(
        "Highwire, Atypon: article",
        "https://www.science.org/content/article-1",
        page(
            names(
                citation_title="Considerations for governing open foundation models",
                citation_author=["Bommasani, Rishi", "Kapoor, Sayash"],
                citation_journal_title="Science",
                citation_volume="386",
                citation_issue="6718",
                citation_publication_date="2024/10/11",
                citation_online_date="2024/10/10",
                citation_doi="10.1126/science.adp1848",
                citation_publisher="American Association for the Advancement of Science",
            ),
            title="Considerations for governing open foundation models | Science",
        ),
        {
            "title": "Considerations for governing open foundation models",
            "authors": "Rishi Bommasani, Sayash Kapoor",
            "publisher": "Science 386(6718)",
            "date": "2024-10-10",
            "kind": "article",
            "url": "https://www.science.org/content/article-1",
            "doi": "10.1126/science.adp1848",
        },
    ),
    SamplePage(
        "Springer Nature: article with Dublin Core, PRISM and JSON-LD",
        "https://www.nature.com/articles/s41586-024-08141-1",
        page(
            names(
                **{
                    "dc.title": "Why ‘open’ AI systems are actually closed, and why this matters",
                    "dc.date": "2024-11-27",
                    "dc.creator": ["Widder, David Gray", "Whittaker, Meredith", "West, Sarah Myers"],
                    "dc.publisher": "Nature Publishing Group",
                    "dc.source": "Nature 2024 635:8040",
                    "prism.publicationName": "Nature",
                    "prism.publicationDate": "2024-11-27",
                    "prism.volume": "635",
                    "prism.number": "8040",
                    "prism.doi": "doi:10.1038/s41586-024-08141-1",
                    "citation_journal_title": "Nature",
                    "citation_volume": "635",
                    "citation_issue": "8040",
                    "DOI": "10.1038/s41586-024-08141-1",
                }
            )
            + '<link rel="canonical" href="https://www.nature.com/articles/s41586-024-08141-1">'
            + linked(
                {
                    "mainEntity": {
                        "headline": "Why ‘open’ AI systems are actually closed, and why this matters",
                        "datePublished": "2024-11-27T00:00:00Z",
                        "@type": "ScholarlyArticle",
                    },
                    "@context": "https://schema.org",
                    "@type": "WebPage",
                }
            ),
            title="Why ‘open’ AI systems are actually closed, and why this matters | Nature",
        ),
        {
            "title": "Why ‘open’ AI systems are actually closed, and why this matters",
            "authors": "David Gray Widder, Meredith Whittaker, Sarah Myers West",
            "publisher": "Nature 635(8040)",
            "date": "2024-11-27",
            "kind": "article",
            "url": "https://www.nature.com/articles/s41586-024-08141-1",
            "doi": "10.1038/s41586-024-08141-1",
        },
    ),
    SamplePage(
        "arXiv: abstract",
        "https://arxiv.org/abs/2302.04844",
        page(
            names(
                citation_title="The Gradient of Generative AI Release: Methods and Considerations",
                citation_author="Solaiman, Irene",
                citation_date="2023/02/05",
                citation_online_date="2023/02/05",
                citation_pdf_url="https://arxiv.org/pdf/2302.04844",
                citation_arxiv_id="2302.04844",
            )
            + properties(og__site_name="arXiv.org", og__title="The Gradient of Generative AI Release"),
            title="[2302.04844] The Gradient of Generative AI Release: Methods and Considerations",
        ),
        {
            "title": "The Gradient of Generative AI Release: Methods and Considerations",
            "authors": "Irene Solaiman",
            "publisher": "arXiv:2302.04844",
            "date": "2023-02-05",
            "kind": "preprint",
            "url": "https://arxiv.org/abs/2302.04844",
        },
    ),
    SamplePage(
        "OJS: article, names in one element each",
        "https://journals.example.org/index.php/jo/article/view/17",
        page(
            names(
                **{
                    "generator": "Open Journal Systems 3.3.0.8",
                    "citation_journal_title": "Journal of Openness",
                    "citation_author": ["Yuki Sato", "Ada Nkemelu"],
                    "citation_title": "Licences in the Wild",
                    "citation_date": "2022/03/31",
                    "citation_volume": "7",
                    "citation_issue": "1",
                    "citation_doi": "10.21105/jo.17",
                    "DC.Date.created": "2022-03-31",
                    "DC.Date.issued": "2022-03-30",
                    "DC.Identifier": "17",
                    "DC.Title": "Licences in the Wild",
                }
            ),
            title="Licences in the Wild | Journal of Openness",
        ),
        {
            "title": "Licences in the Wild",
            "authors": "Yuki Sato, Ada Nkemelu",
            "publisher": "Journal of Openness 7(1)",
            "date": "2022-03-30",
            "kind": "article",
            "url": "https://journals.example.org/index.php/jo/article/view/17",
            "doi": "10.21105/jo.17",
        },
    ),
    SamplePage(
        "DSpace: report, Dublin Core only",
        "https://repository.example.edu/handle/1/2",
        page(
            names(
                **{
                    "DC.creator": ["Ferrer, Rosa", "Okafor, Chidi"],
                    "DCTERMS.issued": "2016-11",
                    "DCTERMS.available": "2017-02-01T10:00:00Z",
                    "DC.title": "Audits without Auditors",
                    "DC.publisher": "Example University",
                    "DC.identifier": "http://hdl.handle.net/1/2",
                    "DC.type": "Technical Report",
                }
            ),
            title="Audits without Auditors",
        ),
        {
            "title": "Audits without Auditors",
            "authors": "Rosa Ferrer, Chidi Okafor",
            "publisher": "Example University",
            "date": "2016-11",
            "url": "https://repository.example.edu/handle/1/2",
        },
    ),
    SamplePage(
        "bepress: working paper",
        "https://scholarship.law.example.edu/faculty/99",
        page(
            names(
                bepress_citation_title="Fair Learning",
                bepress_citation_author=["Lemley, Mark A.", "Casey, Bryan"],
                bepress_citation_date="2021",
                bepress_citation_journal_title="Texas Law Review",
                citation_volume="99",
            )
            + properties(og__site_name="Scholarship Repository"),
            title='"Fair Learning" by Mark A. Lemley and Bryan Casey',
        ),
        {
            "title": "Fair Learning",
            "authors": "Mark A. Lemley, Bryan Casey",
            "publisher": "Texas Law Review 99",
            "date": "2021",
            "url": "https://scholarship.law.example.edu/faculty/99",
        },
    ),
    SamplePage(
        "newspaper: NewsArticle, site's name behind the title",
        "https://www.daily.example/2024/07/24/technology/open-models.html?smid=url-share",
        page(
            properties(
                og__title="How Open Models Split an Industry",
                og__site_name="The Daily Example",
                og__type="article",
                article__published_time="2024-07-24T09:00:19.000Z",
                article__modified_time="2024-07-25T01:02:03.000Z",
                article__author="https://www.daily.example/by/jane-doe",
            )
            + '<link rel="canonical" href="https://www.daily.example/2024/07/24/technology/open-models.html">'
            + linked(
                {
                    "@context": "https://schema.org",
                    "@type": "NewsArticle",
                    "headline": "How Open Models Split an Industry",
                    "datePublished": "2024-07-24T09:00:19.000Z",
                    "dateModified": "2024-07-25T01:02:03.000Z",
                    "author": [
                        {
                            "@type": "Person",
                            "name": "Jane Doe",
                            "url": "https://www.daily.example/by/jane-doe",
                        },
                        {"@type": "Person", "name": "John Roe"},
                    ],
                    "publisher": {"@id": "https://www.daily.example/#publisher"},
                },
                {
                    "@context": "https://schema.org",
                    "@type": "NewsMediaOrganization",
                    "name": "The Daily Example",
                    "@id": "https://www.daily.example/#publisher",
                },
            ),
            title="How Open Models Split an Industry - The Daily Example",
        ),
        {
            "title": "How Open Models Split an Industry",
            "authors": "Jane Doe, John Roe",
            "publisher": "The Daily Example",
            "date": "2024-07-24",
            "kind": "news",
            "url": "https://www.daily.example/2024/07/24/technology/open-models.html",
        },
    ),
    SamplePage(
        "WordPress with Yoast: @graph",
        "https://about.fb.com/news/2024/07/open-source-ai-is-the-path-forward/",
        page(
            properties(og__title="Open Source AI is the Path Forward | Meta", og__site_name="Meta Newsroom")
            + linked(
                {
                    "@context": "https://schema.org",
                    "@graph": [
                        {
                            "@type": "WebPage",
                            "@id": "https://about.fb.com/news/2024/07/open-source-ai-is-the-path-forward/",
                            "name": "Open Source AI is the Path Forward | Meta",
                            "isPartOf": {"@id": "https://about.fb.com/#website"},
                            "datePublished": "2024-07-23T14:59:52+00:00",
                        },
                        {
                            "@type": "Article",
                            "@id": "https://about.fb.com/news/2024/07/open-source-ai-is-the-path-forward/#article",
                            "headline": "Open Source AI Is the Path Forward",
                            "author": {"@id": "https://about.fb.com/#/schema/person/1"},
                            "datePublished": "2024-07-23T14:59:52+00:00",
                            "publisher": {"@id": "https://about.fb.com/#organization"},
                        },
                        {"@type": "WebSite", "@id": "https://about.fb.com/#website", "name": "Meta Newsroom"},
                        {
                            "@type": "Organization",
                            "@id": "https://about.fb.com/#organization",
                            "name": "Meta",
                        },
                        {
                            "@type": "Person",
                            "@id": "https://about.fb.com/#/schema/person/1",
                            "name": "Mark Zuckerberg",
                        },
                        {
                            "@type": "BreadcrumbList",
                            "itemListElement": [{"@type": "ListItem", "name": "Home"}],
                        },
                    ],
                }
            ),
            title="Open Source AI is the Path Forward | Meta",
        ),
        {
            "title": "Open Source AI Is the Path Forward",
            "authors": "Mark Zuckerberg",
            "publisher": "Meta Newsroom",
            "date": "2024-07-23",
            "url": "https://about.fb.com/news/2024/07/open-source-ai-is-the-path-forward/",
        },
    ),
    SamplePage(
        "blog: BlogPosting, author as text",
        "https://blog.example.net/posts/weights",
        page(
            linked(
                [
                    {"@type": "WebSite", "name": "Notes on Weights", "url": "https://blog.example.net"},
                    {
                        "@type": "BlogPosting",
                        "headline": "What Is a Weight?",
                        "author": "By Ines Müller-Ortiz",
                        "datePublished": "March 5, 2023",
                    },
                ]
            ),
            title="What Is a Weight? – Notes on Weights",
        ),
        {
            "title": "What Is a Weight?",
            "authors": "Ines Müller-Ortiz",
            "date": "2023-03-05",
            "kind": "blog",
            "url": "https://blog.example.net/posts/weights",
        },
    ),
    SamplePage(
        "hand-made page: title alone",
        "http://www.incompleteideas.net/IncIdeas/BitterLesson.html",
        "<html><head><title>The Bitter Lesson</title></head><body><h1>The Bitter Lesson</h1>"
        "<h2>Rich Sutton</h2><h3>March 13, 2019</h3><p>The biggest lesson…</p></body></html>",
        {"title": "The Bitter Lesson", "url": "http://www.incompleteideas.net/IncIdeas/BitterLesson.html"},
    ),
    SamplePage(
        "OpenGraph alone, author's meta",
        "https://www.ntia.gov/issues/artificial-intelligence/open-model-weights-report",
        page(
            properties(
                og__site_name="National Telecommunications and Information Administration",
                og__title="Dual-Use Foundation Models with Widely Available Model Weights Report",
                og__url="https://www.ntia.gov/issues/artificial-intelligence/open-model-weights-report",
                article__published_time="2024-07-30T00:00:00-0400",
            )
            + names(author="NTIA"),
            title="Dual-Use Foundation Models with Widely Available Model Weights Report | National "
            "Telecommunications and Information Administration",
        ),
        {
            "title": "Dual-Use Foundation Models with Widely Available Model Weights Report",
            "authors": "NTIA",
            "publisher": "National Telecommunications and Information Administration",
            "date": "2024-07-30",
            "url": "https://www.ntia.gov/issues/artificial-intelligence/open-model-weights-report",
        },
    ),
    SamplePage(
        "OpenReview: forum",
        "https://openreview.net/forum?id=BZ5a1r-kVsf",
        page(
            names(
                citation_title="A Path Towards Autonomous Machine Intelligence",
                citation_author="Yann LeCun",
                citation_publication_date="2022/06/27",
                citation_pdf_url="https://openreview.net/pdf?id=BZ5a1r-kVsf",
            )
            + properties(og__site_name="OpenReview"),
            title="A Path Towards Autonomous Machine Intelligence | OpenReview",
        ),
        {
            "title": "A Path Towards Autonomous Machine Intelligence",
            "authors": "Yann LeCun",
            "publisher": "OpenReview",
            "date": "2022-06-27",
            "url": "https://openreview.net/forum?id=BZ5a1r-kVsf",
        },
    ),
    SamplePage(
        "video site: VideoObject",
        "https://www.youtube.com/watch?v=abc123DEF45&feature=share",
        page(
            properties(
                og__site_name="YouTube",
                og__title="Keynote: Weights for Everyone",
                og__type="video.other",
                og__url="https://www.youtube.com/watch?v=abc123DEF45",
            )
            + '<link rel="canonical" href="https://www.youtube.com/watch?v=abc123DEF45">',
            '<div itemscope itemtype="http://schema.org/VideoObject"><meta itemprop="name" content="Keynote">'
            '<meta itemprop="datePublished" content="2024-03-02T08:00:00-08:00">'
            '<meta itemprop="uploadDate" content="2024-03-02T08:00:00-08:00"></div>',
            title="Keynote: Weights for Everyone - YouTube",
        ),
        {
            "title": "Keynote: Weights for Everyone",
            "publisher": "YouTube",
            "date": "2024-03-02",
            "kind": "media",
            "url": "https://www.youtube.com/watch?v=abc123DEF45",
        },
    ),
    SamplePage(
        "code host",
        "https://github.com/example/crux-tools",
        page(
            properties(
                og__site_name="GitHub",
                og__title="GitHub - example/crux-tools: Tools for controversies",
                og__type="object",
                og__url="https://github.com/example/crux-tools",
            ),
            title="GitHub - example/crux-tools: Tools for controversies · GitHub",
        ),
        {
            "title": "example/crux-tools: Tools for controversies",
            "publisher": "GitHub",
            "kind": "dataset",
            "url": "https://github.com/example/crux-tools",
        },
    ),
    SamplePage(
        "bookshop: Book",
        "https://books.example.com/p/9780306406157",
        page(
            linked(
                {
                    "@context": "https://schema.org",
                    "@type": ["Book", "Product"],
                    "name": "Machines That Doubt",
                    "author": {"@type": "Person", "givenName": "Ines", "familyName": "Müller-Ortiz"},
                    "isbn": "978-0-306-40615-7",
                    "datePublished": "2019",
                    "publisher": {"@type": "Organization", "name": "Oxford University Press"},
                }
            ),
            title="Machines That Doubt: Ines Müller-Ortiz: Books Example",
        ),
        {
            "title": "Machines That Doubt",
            "authors": "Ines Müller-Ortiz",
            "publisher": "Oxford University Press",
            "date": "2019",
            "kind": "book",
            "url": "https://books.example.com/p/9780306406157",
            "isbn": "9780306406157",
        },
    ),
    SamplePage(
        "conference proceedings",
        "https://proceedings.example.cc/paper/2020/hash/1457-Abstract.html",
        page(
            names(
                citation_title="Language Models are Few-Shot Learners",
                citation_author=[
                    "Brown, Tom",
                    "Mann, Benjamin",
                    "Ryder, Nick",
                    "Subbiah, Melanie",
                    "Kaplan, Jared D",
                ],
                citation_journal_title="Advances in Neural Information Processing Systems",
                citation_volume="33",
                citation_publication_date="2020",
            ),
            title="Language Models are Few-Shot Learners",
        ),
        {
            "title": "Language Models are Few-Shot Learners",
            "authors": "Tom Brown, Benjamin Mann, Nick Ryder and others",
            "publisher": "Advances in Neural Information Processing Systems 33",
            "date": "2020",
            "kind": "article",
            "url": "https://proceedings.example.cc/paper/2020/hash/1457-Abstract.html",
        },
    ),
    SamplePage(
        "technical report of a laboratory",
        "https://lab.example.gov/reports/tr-7",
        page(
            names(
                citation_title="Measuring Misuse",
                citation_author="Weiß, Jörg",
                citation_technical_report_institution="Example Laboratory",
                citation_publication_date="2018/05",
            ),
            title="TR-7",
        ),
        {
            "title": "Measuring Misuse",
            "authors": "Jörg Weiß",
            "publisher": "Example Laboratory",
            "date": "2018-05",
            "kind": "report",
            "url": "https://lab.example.gov/reports/tr-7",
        },
    ),
    SamplePage(
        "JSON-LD journal within an issue within a volume",
        "https://press.example.org/a/5",
        page(
            linked(
                {
                    "@context": "http://schema.org",
                    "@type": "ScholarlyArticle",
                    "name": "Weights and Measures",
                    "author": [{"@type": "Person", "name": "Li Wei"}],
                    "datePublished": "2015-06-01",
                    "sameAs": "https://doi.org/10.1234/press.5",
                    "isPartOf": {
                        "@type": "PublicationIssue",
                        "issueNumber": "2",
                        "isPartOf": {
                            "@type": ["PublicationVolume", "Periodical"],
                            "volumeNumber": "11",
                            "name": "Metrology Letters",
                        },
                    },
                }
            ),
            title="Weights and Measures",
        ),
        {
            "title": "Weights and Measures",
            "authors": "Li Wei",
            "publisher": "Metrology Letters 11(2)",
            "date": "2015-06-01",
            "kind": "article",
            "url": "https://press.example.org/a/5",
            "doi": "10.1234/press.5",
        },
    ),
    SamplePage(
        "German newspaper in another encoding, date in words",
        "https://zeitung.example.de/digital/offene-gewichte",
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">'
        "<title>Offene Gewichte: Wem nützt das? | Zeitung für Beispiele</title>"
        '<meta name="author" content="Jörg Weiß"><meta name="date" content="3. März 2024">'
        '<meta property="og:site_name" content="Zeitung für Beispiele">'
        '<meta property="og:title" content="Offene Gewichte: Wem nützt das?"></head><body></body></html>',
        {
            "title": "Offene Gewichte: Wem nützt das?",
            "authors": "Jörg Weiß",
            "publisher": "Zeitung für Beispiele",
            "date": "2024-03-03",
            "url": "https://zeitung.example.de/digital/offene-gewichte",
        },
        content_type="text/html; charset=iso-8859-1",
    ),
    SamplePage(
        "Japanese page",
        "https://news.example.jp/articles/1",
        page(
            properties(
                og__site_name="例新聞",
                og__title="オープンウェイトの是非",
                article__published_time="2024-01-15T07:00:00+09:00",
            ),
            title="オープンウェイトの是非 | 例新聞",
        ),
        {
            "title": "オープンウェイトの是非",
            "publisher": "例新聞",
            "date": "2024-01-15",
            "url": "https://news.example.jp/articles/1",
        },
    ),
    SamplePage(
        "broken markup, entities twice, picture with a title",
        "https://messy.example/a?b=1&utm_source=feed",
        "<svg><title>Menu</title></svg><title>R&amp;amp;D &amp; Openness &raquo; Messy Example</title>"
        '<meta name=author content="<b>Åsa</b> Lindqvist">'
        '<meta property="og:site_name" content="Messy Example"><meta name=date content=2021-02-30>'
        "<script type=application/ld+json>{not json}</script><body><p>Unclosed <div><table><p>",
        {
            "title": "R&D & Openness",
            "authors": "Åsa Lindqvist",
            "publisher": "Messy Example",
            "date": "2021-02",
            "url": "https://messy.example/a?b=1",
        },
    ),
    SamplePage(
        "related articles in JSON-LD beside the page's own",
        "https://mag.example/features/own",
        page(
            linked(
                {
                    "@type": "NewsArticle",
                    "url": "https://mag.example/features/other",
                    "headline": "Another Story",
                    "datePublished": "2020-01-01",
                    "author": "Somebody Else",
                },
                {
                    "@type": "NewsArticle",
                    "mainEntityOfPage": {"@id": "https://mag.example/features/own"},
                    "headline": "The Page’s Own Story",
                    "datePublished": "2022-02-02",
                    "author": {"name": "Rosa Ferrer"},
                },
            )
            + properties(og__site_name="Mag"),
            title="The Page’s Own Story | Mag",
        ),
        {
            "title": "The Page’s Own Story",
            "authors": "Rosa Ferrer",
            "publisher": "Mag",
            "date": "2022-02-02",
            "kind": "news",
            "url": "https://mag.example/features/own",
        },
    ),
    SamplePage(
        "canonical address of the first page",
        "https://lazy.example/statement",
        page(
            '<link rel="canonical" href="https://lazy.example/">'
            + properties(og__url="https://other.example/x"),
            title="Our Statement on Weights - Lazy",
        ),
        {"title": "Our Statement on Weights", "url": "https://lazy.example/statement"},
    ),
    SamplePage(
        "site's name before the title, one heading",
        "https://court.example.gov/opinions/7",
        page(
            "",
            "<h1>Bartz v. Anthropic PBC</h1><time itemprop='datePublished' datetime='2025-06-23'>June 23</time>",
            title="Example District Court » Opinions » Bartz v. Anthropic PBC",
        ),
        {
            "title": "Bartz v. Anthropic PBC",
            "date": "2025-06-23",
            "url": "https://court.example.gov/opinions/7",
        },
    ),
    SamplePage(
        "retracted article of Wiley",
        "https://onlinelibrary.wiley.example/doi/10.1002/x.1",
        page(
            names(
                citation_title="RETRACTED: Fast Weights",
                citation_author="Ada Nkemelu",
                citation_journal_title="Weights",
                citation_publication_date="2013/01/02",
                citation_doi="10.1002/x.1",
            ),
            title="RETRACTED: Fast Weights - 2013 - Weights - Wiley Online Library",
        ),
        {
            "title": "Fast Weights",
            "authors": "Ada Nkemelu",
            "publisher": "Weights",
            "date": "2013-01-02",
            "kind": "article",
            "url": "https://onlinelibrary.wiley.example/doi/10.1002/x.1",
            "doi": "10.1002/x.1",
        },
    ),
    # walls
    SamplePage(
        "Cloudflare's challenge",
        "https://walled.example/a",
        page("", "<h1>walled.example</h1><p>Verify you are human.</p>", title="Just a moment..."),
        {},
        failure="wall",
    ),
    SamplePage(
        "log-in",
        "https://social.example/posts/1",
        page(properties(og__site_name="Social"), title="Log in or sign up | Social"),
        {},
        failure="wall",
    ),
    SamplePage(
        "error with the status of success",
        "https://gone.example/a",
        page("", title="404 - Page not found"),
        {},
        failure="wall",
    ),
    SamplePage("empty", "https://empty.example/a", "<html></html>", {}, failure="no-metadata"),
]
