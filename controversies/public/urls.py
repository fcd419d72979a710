"""The URLs of the public site. A page's JSON twin and feed have its path with `.json` or `.atom` for the last slash."""

import re
from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import URLPattern, path, register_converter
from django.urls.converters import IntConverter, StringConverter

from controversies.interchange.cite import FORMATS
from controversies.interchange.downloads import files
from controversies.models import SubjectType
from controversies.pages import cited_parts
from controversies.pages.pictures.charts import FORMS as CHART_FORMS
from controversies.pages.pictures.of_lists import NAMES as LIST_CHARTS
from controversies.pages.pictures.of_page import NAMES as CHARTS

from .views import (
    about_page,
    authors,
    backers,
    blame,
    changes,
    cite,
    compare,
    controversy,
    crawlers,
    downloads,
    embed,
    feeds,
    follow,
    history,
    home,
    icons,
    lists,
    maps,
    memento,
    oembed,
    pictures,
    redactions,
    search,
    share,
    site_texts,
    sources,
    suggest,
    topics,
    transparency,
    upkeep,
    verify,
)


class NumberConverter(IntConverter):
    """A revision's number, from 1 on, as large as the database allows; without leading zeros."""

    regex = "[1-9][0-9]{0,8}"


class ChartConverter(StringConverter):
    """A chart of a page, by its name."""

    regex = "|".join(CHARTS)


class ListChartConverter(StringConverter):
    """A chart of the list of backers, by its name."""

    regex = "|".join(LIST_CHARTS)


class SuffixConverter(StringConverter):
    """The form of a chart, as the end of a file’s name."""

    regex = "|".join(CHART_FORMS)


class FormConverter(StringConverter):
    """A citation format, as the end of a file's name."""

    regex = "|".join(FORMATS)


class FileConverter(StringConverter):
    """A file with everything public."""

    regex = "|".join(map(re.escape, files.NAMES))


class PartConverter(StringConverter):
    """The anchor of a position or contested point, by which it is cited alone."""

    regex = cited_parts.PATTERN


register_converter(NumberConverter, "number")
register_converter(PartConverter, "part")
register_converter(FileConverter, "file")
register_converter(FormConverter, "form")
register_converter(ChartConverter, "chart")
register_converter(ListChartConverter, "listchart")
register_converter(SuffixConverter, "suffix")


def _of_revisions(rest: str, view: Callable[..., HttpResponseBase], *, name: str) -> list[URLPattern]:
    """Return the addresses of a view below today's page, and below each revision, named "revision_…"."""
    page = "controversies/<slug:slug>/"
    return [
        path(page + rest, view, name=name),
        path(f"{page}revisions/<number:number>/{rest}", view, name=f"revision_{name}"),
    ]


urlpatterns = [
    path("", home.home, name="home"),
    path("controversies/", lists.controversies, name="controversies"),
    path("controversies/<slug:slug>.json", controversy.controversy_json, name="controversy_json"),
    path("controversies/<slug:slug>/", controversy.controversy, name="controversy"),
    path(
        "controversies/<slug:slug>/revisions/<number:number>.json",
        controversy.revision_json,
        name="revision_json",
    ),
    path("controversies/<slug:slug>/revisions/<number:number>/", controversy.revision, name="revision"),
    *_of_revisions("cite/", cite.cite, name="cite"),
    *_of_revisions("cite/<part:part>/", cite.cite_part, name="cite_part"),
    *_of_revisions("cite/<part:part>.<form:form>", cite.part_file, name="cite_part_file"),
    *_of_revisions("embed/", embed.embed, name="embed"),
    *_of_revisions("embed/<part:part>/", embed.embed, name="embed_part"),
    path("oembed.json", oembed.oembed, name="oembed"),
    path("oembed.xml", oembed.oembed, {"form": "xml"}, name="oembed_xml"),
    *_of_revisions("cite.<form:form>", cite.page_file, name="cite_file"),
    *_of_revisions("sources.<form:form>", cite.sources_file, name="sources_file"),
    path("controversies/<slug:slug>/timegate/", memento.timegate, name="timegate"),
    path("controversies/<slug:slug>/timemap/", memento.timemap, name="timemap"),
    path("controversies/<slug:slug>/timemap/<number:number>/", memento.timemap, name="timemap_part"),
    path("controversies/<slug:slug>/share.png", share.share, name="share"),
    *_of_revisions("pictures/", pictures.pictures, name="pictures"),
    *_of_revisions("pictures/<chart:chart>.<suffix:suffix>", pictures.picture_file, name="picture_file"),
    path("topics/", topics.topics, name="topics"),
    path("topics/<slug:slug>/", lists.topic, name="topic"),
    path("needs-help/", upkeep.needs_help, name="needs_help"),
    path("topics/<slug:slug>/map/", maps.topic_map, name="topic_map"),
    path("topics/<slug:slug>/map.<suffix:suffix>", maps.topic_picture, name="topic_picture"),
    path("search/", search.search, name="search"),
    path("search/suggestions.json", search.suggestions, name="suggestions"),
    path("opensearch.xml", search.description, name="opensearch"),
    path("about/", about_page.about_page, name="about"),
    path("about/texts/<slug:name>/", site_texts.text_history, name="site_text"),
    path("about/texts/<slug:name>/<number:number>/", site_texts.text_version, name="site_text_version"),
    path(
        "about/texts/<slug:name>/compare/<int:a>/<int:b>/", site_texts.text_compare, name="site_text_compare"
    ),
    path("about/checks/", about_page.checks_page, name="about_checks"),
    path("about/record/", verify.record, name="record"),
    path("redactions/", redactions.redactions, name="redactions"),
    path("verify/", verify.verify, name="verify"),
    path("verify.json", verify.verify_json, name="verify_json"),
    path("verify/policy", verify.verify_policy, name="verify_policy"),
    path("verify/formats/", verify.formats, name="verify_formats"),
    path("verify/crux_verify.py", verify.program_file, {"name": verify.VERIFIER}, name="verifier"),
    path("verify/crux_witness.py", verify.program_file, {"name": verify.WITNESS}, name="witness"),
    *_of_revisions("blame/", blame.blame, name="blame"),
    path("authors/", authors.authors, name="authors"),
    path("controversies/<slug:slug>/history/", history.history, name="history"),
    path("controversies/<slug:slug>/compare/<int:a>/<int:b>/", compare.compare, name="compare"),
    path("controversies/<slug:slug>/suggest/", suggest.suggest, name="suggest"),
    path("controversies/<slug:slug>/suggest/thanks/", suggest.suggested, name="suggested"),
    path("backers/", backers.backers, name="backers"),
    path("backers/<listchart:chart>.<suffix:suffix>", backers.backers_picture, name="backers_picture"),
    path("backers/<slug:slug>/", backers.backer, name="backer"),
    path("backers/<slug:slug>/together.<suffix:suffix>", backers.backer_picture, name="backer_picture"),
    path("sources/", sources.sources, name="sources"),
    path("sources.atom", feeds.sources_feed, name="sources_feed"),
    path("sources/<slug:slug>/", sources.source, name="source"),
    path("sources/<slug:slug>.<form:form>", cite.source_file, name="source_file"),
    path("changes/", changes.changes, name="changes"),
    path("changes.atom", feeds.changes_feed, name="changes_feed"),
    path("controversies/<slug:slug>.atom", feeds.controversy_feed, name="controversy_feed"),
    path("topics/<slug:slug>.atom", feeds.topic_feed, name="topic_feed"),
    path("backers/<slug:slug>.atom", feeds.backer_feed, name="backer_feed"),
    path("follow/", follow.follow, {"kind": SubjectType.SITE}, name="follow"),
    path("follow/sent/", follow.confirmation_notice, name="follow_sent"),
    path("follow/ended/", follow.farewell, name="follow_ended"),
    path("follow/yours/<str:token>/", follow.subscriptions, name="subscriptions"),
    *(
        path(f"{folder}/<slug:slug>/follow/", follow.follow, {"kind": kind}, name=f"follow_{kind}")
        for kind, folder in (
            (SubjectType.PAGE, "controversies"),
            (SubjectType.TOPIC, "topics"),
            (SubjectType.BACKER, "backers"),
        )
    ),
    path("reviews.ics", follow.calendar, name="calendar"),
    path("controversies/<slug:slug>.ics", follow.page_calendar, name="page_calendar"),
    path("topics/<slug:slug>.ics", follow.topic_calendar, name="topic_calendar"),
    path("checkpoint", transparency.checkpoint, name="log_checkpoint"),
    path("tile/<path:address>", transparency.tile, name="log_tile"),
    path("log/<number:log>/checkpoint", transparency.checkpoint, name="one_log_checkpoint"),
    path("log/<number:log>/tile/<path:address>", transparency.tile, name="one_log_tile"),
    path(
        "controversies/<slug:slug>/revisions/<number:number>.tlog-proof",
        transparency.proof,
        name="revision_proof",
    ),
    path("data/", downloads.downloads, name="downloads"),
    path("data/csv-metadata.json", downloads.csv_metadata, name="csv_metadata"),
    path("data/<file:name>", downloads.download, name="download"),
    path("favicon.ico", icons.favicon, name="favicon"),
    path("robots.txt", crawlers.robots, name="robots"),
    path("sitemap.xml", crawlers.sitemap, name="sitemap"),
    path("sitemap-<number:number>.xml", crawlers.sitemap_part, name="sitemap_part"),
]

# Files without words, for programs: each has one address. All else is there in each language (`pages.language`).
_FOR_PROGRAMS = {
    *("controversy_json", "revision_json", "verify_json", "verify_policy", "verifier", "witness"),
    *("cite_file", "revision_cite_file", "cite_part_file", "revision_cite_part_file"),
    *("sources_file", "revision_sources_file", "source_file"),
    *("log_checkpoint", "log_tile", "one_log_checkpoint", "one_log_tile", "revision_proof"),
    *("favicon", "robots", "sitemap", "sitemap_part", "oembed", "oembed_xml", "csv_metadata", "download"),
}
for_programs = [each for each in urlpatterns if each.name in _FOR_PROGRAMS]
for_people = [each for each in urlpatterns if each.name not in _FOR_PROGRAMS]
