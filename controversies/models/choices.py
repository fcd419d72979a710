"""The closed vocabularies, each with the one plain line that readers see beside it (`meaning`)."""

from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class ExplainedChoices(models.TextChoices):
    """Choices written `NAME = value, label, meaning`; `meaning` explains the label to a reader."""

    meaning: Promise

    def __new__(cls, value: str, meaning: Promise | str = "") -> Any:
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning  # type: ignore[assignment]  # lazy text
        return member


class Status(ExplainedChoices):
    """State of the dispute; says nothing about whether the page is public (that is Publication)."""

    EMERGING = "emerging", _("the dispute is taking shape"), _("Emerging")
    ACTIVE = "active", _("actively contested"), _("Active")
    DORMANT = "dormant", _("unsettled, but no longer argued"), _("Dormant")
    RESOLVED = "resolved", _("settled; the page says how"), _("Resolved")


class Publication(ExplainedChoices):
    """Whether readers see the page."""

    DRAFT = "draft", _("only editors see it"), _("Draft")
    PUBLISHED = "published", _("everybody sees it"), _("Published")
    WITHDRAWN = "withdrawn", _("taken off the public site; its history is kept"), _("Withdrawn")


class ProposalState(ExplainedChoices):
    """The state of a proposal."""

    OPEN = "open", _("waiting for a decision"), _("Open")
    ACCEPTED = "accepted", _("now a revision of the page"), _("Accepted")
    DECLINED = "declined", _("not accepted; its author was told why"), _("Declined")
    WITHDRAWN = "withdrawn", _("withdrawn by its author"), _("Withdrawn")


class SuggestionState(ExplainedChoices):
    """The state of a reader's suggestion."""

    OPEN = "open", _("waiting for an editor"), _("Open")
    USED = "used", _("led to a change of the page"), _("Used")
    DECLINED = "declined", _("led to no change, with the reason"), _("Declined")


class Polarity(ExplainedChoices):
    """Whether the positions are two sides of one question, or answers along several lines."""

    BINARY = "binary", _("two answers to one question"), _("Binary")
    MULTI_AXIS = "multi-axis", _("answers that differ along several lines"), _("Multi-axis")


class PointKind(ExplainedChoices):
    """Kind of dispute of a contested point: it decides what could settle it."""

    EMPIRICAL = "empirical", _("A dispute about facts: evidence can settle it."), _("Empirical")
    DEFINITIONAL = (
        "definitional",
        _("A dispute about words: agreeing what is meant can settle it."),
        _("Definitional"),
    )
    NORMATIVE = (
        "normative",
        _("A dispute about values: evidence informs it but cannot settle it."),
        _("Normative"),
    )
    LEGAL = "legal", _("A dispute about law: courts and lawmakers can settle it."), _("Legal")
    PREDICTIVE = "predictive", _("A dispute about the future: time can settle it."), _("Predictive")


class Confidence(ExplainedChoices):
    """The editors' confidence that the evidence cited supports the position, not that it is right."""

    HIGH = "high", _("several independent sources support this position as stated"), _("High")
    MEDIUM = "medium", _("some evidence, or evidence that others dispute"), _("Medium")
    LOW = "low", _("little evidence, or only its backers’ word"), _("Low")
    DISPUTED = "disputed", _("the evidence itself is in dispute"), _("Disputed")
    NOT_RATED = (
        "not-rated",
        _("not assessed, or a question of values that evidence does not settle"),
        _("Not rated"),
    )


class BackerKind(ExplainedChoices):
    """The kinds of backers."""

    COMPANY = "company", "", _("Company")
    RESEARCH_LAB = "research-lab", _("a lab or institute that does research"), _("Research lab")
    GOVERNMENT = "government", _("a body of one or more states"), _("Government body")
    ORGANISATION = "organisation", _("an association, charity or movement"), _("Organisation")
    PERSON = "person", _("one person"), _("Person")
    CONSTITUENCY = (
        "constituency",
        _(
            "an unorganised group; nobody speaks for it, so its view is the editors’ summary of what "
            "its members say"
        ),
        _("Constituency"),
    )


class SourceKind(ExplainedChoices):
    """The kinds of published works that sources are."""

    ARTICLE = "article", _("in a journal or proceedings"), _("Journal article")
    PREPRINT = "preprint", _("not peer-reviewed"), _("Preprint")
    REPORT = "report", _("by an organisation or a government"), _("Report")
    BOOK = "book", _("a book or a chapter"), _("Book")
    NEWS = "news", _("by a newsroom"), _("News")
    BLOG = "blog", _("a post or statement on the author’s own site"), _("Blog post")
    LEGAL = "legal", _("a statute, ruling, filing or treaty"), _("Legal document")
    DATASET = "dataset", _("data or code"), _("Data set")
    MEDIA = "media", _("a talk, broadcast or recording"), _("Audio or video")
    OTHER = "other", _("none of these"), _("Other")

    @classmethod
    def primary(cls) -> tuple["SourceKind", ...]:
        """Return the kinds of works that report first-hand: research, data, official and legal documents."""
        return (cls.ARTICLE, cls.PREPRINT, cls.REPORT, cls.LEGAL, cls.DATASET)


class SiteTextName(ExplainedChoices):
    """The texts about the site itself, which its operator writes."""

    OPERATOR = "operator", _("who runs this site, and for whom"), _("Who runs this site")
    CONTACT = "contact", _("how readers reach the people behind the site"), _("Contact")
    ASSESSMENT = "assessment", _("how pages come about and are rated"), _("How pages are assessed")
    CORRECTIONS = "corrections", _("what is done about mistakes"), _("Corrections")
    EDITORS = "editors", _("who may edit, and how they are chosen"), _("Editors")


class Relation(ExplainedChoices):
    """The relation of a citation's source to the text that cites it."""

    SUPPORTS = "supports", _("evidence for the statement"), _("Supports")
    CONTRADICTS = "contradicts", _("evidence against the statement"), _("Contradicts")
    CONTEXT = "context", _("background, for neither side"), _("Gives context")


class ChangeClass(ExplainedChoices):
    """The kinds of changes that revisions make, by rule where a rule can tell."""

    SUBSTANTIVE = "substantive", _("what is claimed, asked or contested"), _("substantive")
    ATTRIBUTION = "attribution", _("who holds a position"), _("attribution")
    SOURCE = "source", _("the evidence cited"), _("source")
    CONFIDENCE = "confidence", _("how well the evidence supports a position"), _("confidence")
    STATUS = "status", _("the state of the dispute"), _("status")
    WORDING = "wording", _("wording or order"), _("wording")
    TYPO = "typo", _("spelling or punctuation"), _("typo")
    RESTORE = "restore", _("an earlier revision restored"), _("restored")
    IMPORT = "import", _("imported from elsewhere"), _("imported")


class RedactionGround(ExplainedChoices):
    """The grounds for removing words from the record."""

    LAW = "law", _("a court or an authority ordered it"), _("Legal order")
    PRIVACY = "privacy", _("they were about someone’s private life"), _("Privacy")
    DEFAMATION = "defamation", _("they harmed someone’s reputation unlawfully"), _("Defamation")
    COPYRIGHT = "copyright", _("they were someone else’s work"), _("Copyright")
    SAFETY = "safety", _("they put someone in danger"), _("Safety")
    OTHER = "other", _("for a reason given in words"), _("Another reason")


class RedactedPart(ExplainedChoices):
    """The parts of the record from which words are taken out."""

    BLOCK = "block", _("a part of the page"), _("Text of the page")
    SUMMARY = "summary", _("the reason given for a change"), _("Reason for a change")
    AUTHOR = "author", _("the name of the person who made a change"), _("Author’s name")
    REVIEWER = "reviewer", _("the name of the person who accepted a change"), _("Reviewer’s name")


class RedactionOffice(ExplainedChoices):
    """The office that decided to take words out; readers see this instead of names."""

    OPERATOR = "operator", _("the operator of the site"), _("the site’s operator")
    PUBLISHER = "publisher", _("the only publisher"), _("a publisher")
    PUBLISHERS = "publishers", _("two publishers"), _("two publishers")


class RedactionState(ExplainedChoices):
    """The state of a request to remove words."""

    WAITING = "waiting", _("waiting for a second publisher"), _("Waiting")
    DONE = "done", _("confirmed; the words are removed"), _("Done")
    REFUSED = "refused", _("refused; nothing was removed"), _("Refused")


class LeafKind(ExplainedChoices):
    """The kinds of entries of the public log, by what their canonical JSON holds. Hashes are hexadecimal.

    revision: `{"digest", "number", "page"}`; withdrawal: the same and `"withdrawn": true`; replacement (a revision that
    was made again without words that had to go): the same and `"replaces"`, the digest before; redaction:
    `{"erased", "ground", "key" (of a block), "now", "number", "page", "part", "revision_now" (of a revision's text)}`,
    without `"erased"` where digests were replaced; checkpoint: `{"checkpoint"}`, the last signed one of the log before.
    """

    REVISION = "revision", _("a revision became public"), _("Revision")
    WITHDRAWAL = "withdrawal", _("a page was taken off the site"), _("Withdrawal")
    REDACTION = "redaction", _("words were removed from the record"), _("Removal")
    REPLACEMENT = "replacement", _("a revision was made again without words that had to go"), _("Replacement")
    CHECKPOINT = "checkpoint", _("the end of the log before this one"), _("Earlier log")


class FetchResult(ExplainedChoices):
    """The result of one request for a source's address. No verdict yet."""

    OK = "ok", "", _("answered")
    UNCHANGED = "unchanged", "", _("not modified")
    UNREADABLE = (
        "unreadable",
        _("answered without readable text"),
    )  # a scan, a page made by scripts, another type
    NOT_FOUND = "not-found", "", _("not found")  # 404, 410
    SOFT_404 = "soft-404", "", _("answered, but says that nothing is there")
    BLOCKED = "blocked", "", _("refused")  # 401, 402, 403, 429, 451, 999, captcha, log-in, consent
    SERVER_ERROR = "server-error", "", _("server error")
    NO_HOST = "no-host", "", _("host not found")
    NO_ANSWER = "no-answer", "", _("no answer")  # time-out, connection refused or cut, TLS
    TOO_LARGE = "too-large", "", _("too large")
    REFUSED = "refused", "", _("address not allowed")  # private, odd port, secret in the URL: never requested
    ROBOTS = "robots", "", _("excluded by robots.txt")


class SourceVerdict(ExplainedChoices):
    """The verdict on a source, from all its checks."""

    VERIFIED = "verified", "", _("Verified")
    MOVED = "moved", "", _("Moved")
    ALTERED = "altered", "", _("Altered")
    DEAD = "gone", "", _("Gone")
    BLOCKED = "blocked", "", _("Blocked")
    UNCHECKED = "unchecked", "", _("Unchecked")


class HeldBy(ExplainedChoices):
    """The place where the words of a source can still be read."""

    LIVE = "live", "", _("its address")
    COPY = "copy", "", _("a copy")
    NOTHING = "nothing", "", _("nothing")


class QuoteVerdict(ExplainedChoices):
    """Whether a source says the words of a quotation."""

    CONFIRMED = "found", "", _("Found")
    PUNCTUATION = "punctuation", "", _("Punctuation differs")
    DOUBT = "doubt", "", _("In doubt")
    ABSENT = "absent", "", _("Not found")
    UNREAD = "unread", "", _("Cannot be read")


class TitleMatch(ExplainedChoices):
    """The agreement of the title recorded and the title seen, by their words."""

    SAME = "same", "", _("the same")
    PART = "part", "", _("one is part of the other")
    LIKE = "like", "", _("alike")
    OTHER = "other", "", _("another work’s")


class NoticeKind(ExplainedChoices):
    """The kinds of notices that publishers and registries give of a work."""

    RETRACTION = "retraction", "", _("Retracted")
    WITHDRAWAL = "withdrawal", "", _("Withdrawn")
    REMOVAL = "removal", "", _("Removed")
    CONCERN = "concern", "", _("Expression of concern")
    CORRECTION = "correction", "", _("Corrected")


class TaskCause(ExplainedChoices):
    """The reasons for which an editor should look at a citation."""

    DEAD = "gone", "", _("The source is gone")
    ALTERED = "altered", "", _("The source was altered")
    MOVED = "moved", "", _("The source has moved")
    RETRACTED = "retracted", "", _("The source was retracted or corrected")
    QUOTE = "quote", "", _("The quotation was not found")
    TITLE = "title", "", _("The title is another work’s")


class TaskState(ExplainedChoices):
    """The state of a task."""

    OPEN = "open", "", _("Open")
    DONE = "done", "", _("Done")  # by a revision
    DISMISSED = "dismissed", "", _("Dismissed")  # with a reason
    LAPSED = "lapsed", "", _("Lapsed")  # a later check found nothing wrong


class EvidenceStrength(ExplainedChoices):
    """The strength of the evidence cited for a position, by rule: from independent groups of sources alone."""

    NONE = "none", _("no source is cited as evidence for it"), _("None")
    SINGLE = "single", _("one independent group of sources at most"), _("Single")
    CORROBORATED = "corroborated", _("two independent groups of sources"), _("Corroborated")
    STRONG = "strong", _("three or more independent groups of sources"), _("Strong")
    CONTRADICTED = "contradicted", _("a source that is cited contradicts it"), _("Contradicted")


class EvidenceTrait(ExplainedChoices):
    """The traits that make sources one group, because they are not independent of one another."""

    WORK = "work", "", _("the same work")
    ORIGIN = "origin", "", _("they repeat the same work")
    TITLE = "title", "", _("the same title")
    AUTHORS = "authors", "", _("the same authors")
    AUTHOR = "author", "", _("an author in common and like titles")
    PUBLISHER = "publisher", "", _("the same publisher")
    SITE = "site", "", _("the same site")


class MailPace(ExplainedChoices):
    """The pace of e-mail to an account."""

    AT_ONCE = "at_once", _("an e-mail for each"), _("At once")
    HOURLY = "hourly", _("one e-mail an hour at most"), _("Hourly")
    DAILY = "daily", _("one e-mail a day at most"), _("Daily")


class SubjectType(ExplainedChoices):
    """The kinds of things that readers can follow."""

    SITE = "site", _("all pages"), _("All pages")
    PAGE = "page", _("one page"), _("Page")
    TOPIC = "topic", _("all pages of a topic"), _("Topic")
    BACKER = "backer", _("the positions of a backer"), _("Backer")


class DigestPace(ExplainedChoices):
    """The pace of e-mails to a reader."""

    DAILY = "daily", _("one e-mail a day at most"), _("Daily")
    WEEKLY = "weekly", _("one e-mail a week at most"), _("Weekly")


class MailKind(ExplainedChoices):
    """The subjects of e-mail to an account."""

    PROPOSED = "proposed", _("somebody proposes a change"), _("Proposal")
    AMENDED = "amended", _("the author has changed a proposal"), _("Proposal changed")
    WITHDRAWN = "withdrawn", _("the author has withdrawn a proposal"), _("Proposal withdrawn")
    DECIDED = "decided", _("somebody has decided on the account’s proposal"), _("Decision")
    SUGGESTED = "suggested", _("a reader suggests a correction"), _("Suggestion")
    REDACTION = "redaction", _("a publisher asks to remove words"), _("Removal")
