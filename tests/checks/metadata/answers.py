"""Answers of registries in their own formats, with what should be proposed from each; written before the readers ran.

Crossref: https://github.com/CrossRef/rest-api-doc. DataCite: https://support.datacite.org/docs/api. arXiv: API user's
manual. NCBI: PubMed DTD. Open Library: Books API. Works whose names are known have their real metadata, as far as a
record of the registry would have it; the others are made up.
"""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RegistryAnswer:
    """What is pasted, the registry's host and the beginning of the path that is asked, its answer, what is wanted."""

    name: str
    pasted: str
    host: str
    path: str
    body: bytes
    wanted: dict[str, str]


def _crossref(doi: str, **work: Any) -> bytes:
    message = {
        "indexed": {
            "date-parts": [[2026, 11, 1]],
            "date-time": "2026-11-01T04:00:00Z",
            "timestamp": 1793505600000,
        },
        "reference-count": 31,
        "DOI": doi,
        "source": "Crossref",
        "created": {
            "date-parts": [[2024, 10, 10]],
            "date-time": "2024-10-10T18:00:44Z",
            "timestamp": 1728583244000,
        },
        "deposited": {"date-parts": [[2026, 1, 2]]},
        "score": 1,
        "prefix": doi.partition("/")[0],
        "URL": f"https://doi.org/{doi}",
        "relation": {},
        **{name.replace("_", "-"): value for name, value in work.items()},
    }
    return json.dumps(
        {"status": "ok", "message-type": "work", "message-version": "1.0.0", "message": message}
    ).encode()


def _parts(*parts: int) -> dict[str, Any]:
    return {"date-parts": [list(parts)]}


def _people(*names: str) -> list[dict[str, Any]]:
    return [
        {"given": given, "family": family, "sequence": "additional" if i else "first", "affiliation": []}
        for i, (given, _space, family) in enumerate(name.rpartition(" ") for name in names)
    ]


CROSSREF = [
    RegistryAnswer(
        "article",
        "10.1126/science.adp1848",
        "api.crossref.org",
        "/works/10.1126%2Fscience.adp1848",
        _crossref(
            "10.1126/science.adp1848",
            type="journal-article",
            title=["Considerations for governing open foundation models"],
            subtitle=["Different policy proposals may disproportionately affect the innovation ecosystem"],
            author=_people(
                "Rishi Bommasani", "Sayash Kapoor", "Kevin Klyman", "Shayne Longpre", "Percy Liang"
            ),
            publisher="American Association for the Advancement of Science (AAAS)",
            container_title=["Science"],
            short_container_title=["Science"],
            volume="386",
            issue="6718",
            page="151-153",
            published=_parts(2024, 10, 11),
            published_print=_parts(2024, 10, 11),
            issued=_parts(2024, 10, 11),
            published_online=_parts(2024, 10, 10),
            resource={"primary": {"URL": "https://www.science.org/doi/10.1126/science.adp1848"}},
            ISSN=["0036-8075", "1095-9203"],
        ),
        {
            "title": "Considerations for governing open foundation models: Different policy proposals may"
            " disproportionately affect the innovation ecosystem",
            "authors": "Rishi Bommasani, Sayash Kapoor, Kevin Klyman and others",
            "publisher": "Science 386(6718)",
            "date": "2024-10-10",
            "kind": "article",
            "url": "https://www.science.org/doi/10.1126/science.adp1848",
            "doi": "10.1126/science.adp1848",
        },
    ),
    RegistryAnswer(
        "retracted article of Elsevier",
        "https://doi.org/10.1016/S0140-6736(97)11096-0",
        "api.crossref.org",
        "/works/10.1016%2Fs0140-6736%2897%2911096-0",
        _crossref(
            "10.1016/s0140-6736(97)11096-0",
            type="journal-article",
            title=[
                "RETRACTED: Ileal-lymphoid-nodular hyperplasia, non-specific colitis, and pervasive developmental "
                "disorder in children"
            ],
            author=[{"given": "AJ", "family": "Wakefield"}, {"given": "SH", "family": "Murch"}],
            publisher="Elsevier BV",
            container_title=["The Lancet"],
            volume="351",
            issue="9103",
            published=_parts(1998, 2),
            issued=_parts(1998, 2),
            published_print=_parts(1998, 2),
            resource={"primary": {"URL": "https://linkinghub.elsevier.com/retrieve/pii/S0140673697110960"}},
            updated_by=[
                {
                    "DOI": "10.1016/s0140-6736(10)60175-4",
                    "type": "retraction",
                    "label": "Retraction",
                    "source": "publisher",
                    "updated": _parts(2010, 2, 6),
                }
            ],
        ),
        {
            "title": "Ileal-lymphoid-nodular hyperplasia, non-specific colitis, and pervasive developmental disorder in"
            " children",
            "authors": "AJ Wakefield, SH Murch",
            "publisher": "The Lancet 351(9103)",
            "date": "1998-02",
            "kind": "article",
            "url": "https://doi.org/10.1016/S0140-6736(97)11096-0",
            "doi": "10.1016/s0140-6736(97)11096-0",
        },
    ),
    RegistryAnswer(
        "preprint of SSRN",
        "10.2139/ssrn.4543807",
        "api.crossref.org",
        "/works/10.2139%2Fssrn.4543807",
        _crossref(
            "10.2139/ssrn.4543807",
            type="posted-content",
            subtype="preprint",
            title=["Open (For Business): Big Tech, Concentrated Power, and the Political Economy of Open AI"],
            author=_people("David Gray Widder", "Sarah West", "Meredith Whittaker"),
            publisher="Elsevier BV",
            container_title=[],
            published=_parts(2023),
            posted=_parts(2023),
            issued=_parts(2023),
            resource={"primary": {"URL": "https://www.ssrn.com/abstract=4543807"}},
        ),
        {
            "title": "Open (For Business): Big Tech, Concentrated Power, and the Political Economy of Open AI",
            "authors": "David Gray Widder, Sarah West, Meredith Whittaker",
            "publisher": "SSRN 4543807",
            "date": "2023",
            "kind": "preprint",
            "url": "https://www.ssrn.com/abstract=4543807",
            "doi": "10.2139/ssrn.4543807",
        },
    ),
    RegistryAnswer(
        "book",
        "doi:10.1093/oso/9780198739838.001.0001",
        "api.crossref.org",
        "/works/10.1093%2Foso%2F9780198739838.001.0001",
        _crossref(
            "10.1093/oso/9780198739838.001.0001",
            type="monograph",
            title=["Machines That Doubt"],
            subtitle=["A History"],
            editor=_people("Ada Example"),
            author=_people("Ines Müller-Ortiz"),
            publisher="Oxford University Press",
            container_title=[],
            ISBN=["9780306406157", "9780191802249"],
            published_print=_parts(2019, 3, 21),
            published_online=_parts(2019, 5, 23),
            issued=_parts(2019, 3, 21),
            resource={"primary": {"URL": "https://academic.oup.com/book/7890"}},
        ),
        {
            "title": "Machines That Doubt: A History",
            "authors": "Ines Müller-Ortiz",
            "publisher": "Oxford University Press",
            "date": "2019-03-21",
            "kind": "book",
            "url": "https://academic.oup.com/book/7890",
            "doi": "10.1093/oso/9780198739838.001.0001",
            "isbn": "9780306406157",
        },
    ),
    RegistryAnswer(
        "paper of a conference with markup",
        "https://dl.acm.org/doi/10.1145/3442188.3445922",
        "api.crossref.org",
        "/works/10.1145%2F3442188.3445922",
        _crossref(
            "10.1145/3442188.3445922",
            type="proceedings-article",
            title=[
                "On the Dangers of <i>Stochastic</i> Parrots: Can Language Models Be Too Big? &amp; CO<sub>2</sub>"
            ],
            author=[
                *_people("Emily M. Bender", "Timnit Gebru"),
                {"name": "The Parrot Group", "sequence": "additional", "affiliation": []},
            ],
            publisher="ACM",
            container_title=[
                "Proceedings of the 2021 ACM Conference on Fairness, Accountability, and Transparency"
            ],
            published_print=_parts(2021, 3, 3),
            issued=_parts(2021, 3, 3),
            resource={"primary": {"URL": "https://dl.acm.org/doi/10.1145/3442188.3445922"}},
        ),
        {
            "title": "On the Dangers of Stochastic Parrots: Can Language Models Be Too Big? & CO2",
            "authors": "Emily M. Bender, Timnit Gebru, The Parrot Group",
            "publisher": "Proceedings of the 2021 ACM Conference on Fairness, Accountability, and Transparency",
            "date": "2021-03-03",
            "kind": "article",
            "url": "https://dl.acm.org/doi/10.1145/3442188.3445922",
            "doi": "10.1145/3442188.3445922",
        },
    ),
    RegistryAnswer(
        "chapter",
        "10.1007/978-3-030-12345-6_7",
        "api.crossref.org",
        "/works/10.1007%2F978-3-030-12345-6_7",
        _crossref(
            "10.1007/978-3-030-12345-6_7",
            type="book-chapter",
            title=["What Counts as Open?"],
            author=_people("Li Wei"),
            publisher="Springer International Publishing",
            container_title=["Lecture Notes in Computer Science", "Openness in Practice"],
            ISBN=["9783030123455", "9783030123462"],
            published_print=_parts(2019),
            published_online=_parts(2019, 6, 1),
            issued=_parts(2019),
            resource={"primary": {"URL": "http://link.springer.com/10.1007/978-3-030-12345-6_7"}},
        ),
        {
            "title": "What Counts as Open?",
            "authors": "Li Wei",
            "publisher": "Lecture Notes in Computer Science",
            "date": "2019-06-01",
            "kind": "book",
            "url": "http://link.springer.com/10.1007/978-3-030-12345-6_7",
            "doi": "10.1007/978-3-030-12345-6_7",
        },
    ),
    RegistryAnswer(
        "report of an organisation",
        "10.6028/NIST.AI.800-1",
        "api.crossref.org",
        "/works/10.6028%2Fnist.ai.800-1",
        _crossref(
            "10.6028/nist.ai.800-1",
            type="report",
            title=["Managing misuse risk for dual-use foundation models."],
            author=[{"name": "National Institute of Standards and Technology (US)", "sequence": "first"}],
            institution=[{"name": "National Institute of Standards and Technology"}],
            publisher="National Institute of Standards and Technology",
            issued=_parts(2024, 7),
            published=_parts(2024, 7),
            resource={"primary": {"URL": "https://nvlpubs.nist.gov/nistpubs/ai/NIST.AI.800-1.ipd.pdf"}},
        ),
        {
            "title": "Managing misuse risk for dual-use foundation models",
            "authors": "National Institute of Standards and Technology (US)",
            "publisher": "National Institute of Standards and Technology",
            "date": "2024-07",
            "kind": "report",
            "url": "https://nvlpubs.nist.gov/nistpubs/ai/NIST.AI.800-1.ipd.pdf",
            "doi": "10.6028/nist.ai.800-1",
        },
    ),
]


def _datacite(doi: str, **attributes: Any) -> bytes:
    work = {
        "doi": doi,
        "prefix": doi.partition("/")[0],
        "identifiers": [],
        "alternateIdentifiers": [],
        "contributors": [],
        "descriptions": [{"description": "…", "descriptionType": "Abstract"}],
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "state": "findable",
        "created": "2023-01-01T00:00:00.000Z",
        "registered": "2023-01-01T00:00:00.000Z",
        **attributes,
    }
    return json.dumps({"data": {"id": doi, "type": "dois", "attributes": work}}).encode()


DATACITE = [
    RegistryAnswer(
        "data set of Zenodo",
        "10.5281/zenodo.1234567",
        "api.datacite.org",
        "/dois/10.5281%2Fzenodo.1234567",
        _datacite(
            "10.5281/zenodo.1234567",
            titles=[{"title": "Open Model Licences, 2019–2024"}],
            creators=[
                {"name": "Doe, Jane", "nameType": "Personal", "givenName": "Jane", "familyName": "Doe"},
                {"name": "Licence Watch", "nameType": "Organizational"},
            ],
            publisher="Zenodo",
            publicationYear=2024,
            container={},
            dates=[
                {"date": "2024-05-17", "dateType": "Issued"},
                {"date": "2025-02-02", "dateType": "Updated"},
            ],
            types={"resourceTypeGeneral": "Dataset", "schemaOrg": "Dataset", "ris": "DATA"},
            url="https://zenodo.org/record/1234567",
        ),
        {
            "title": "Open Model Licences, 2019–2024",
            "authors": "Jane Doe, Licence Watch",
            "publisher": "Zenodo",
            "date": "2024-05-17",
            "kind": "dataset",
            "url": "https://zenodo.org/record/1234567",
            "doi": "10.5281/zenodo.1234567",
        },
    ),
    RegistryAnswer(
        "software, publisher as an object",
        "10.5281/zenodo.7654321",
        "api.datacite.org",
        "/dois/10.5281%2Fzenodo.7654321",
        _datacite(
            "10.5281/zenodo.7654321",
            titles=[{"title": "example/crux-tools: v1.2.0"}],
            creators=[{"name": "Roe, R. L."}],
            publisher={"name": "Zenodo", "publisherIdentifier": "https://ror.org/01ggx4157"},
            publicationYear=2022,
            dates=[{"date": "2022-08-09", "dateType": "Issued"}],
            types={"resourceTypeGeneral": "Software"},
            url="https://zenodo.org/record/7654321",
        ),
        {
            "title": "example/crux-tools: v1.2.0",
            "authors": "R. L. Roe",
            "publisher": "Zenodo",
            "date": "2022-08-09",
            "kind": "dataset",
            "url": "https://zenodo.org/record/7654321",
            "doi": "10.5281/zenodo.7654321",
        },
    ),
    RegistryAnswer(
        "report",
        "10.7910/REPORT/ABC",
        "api.datacite.org",
        "/dois/10.7910%2Freport%2Fabc",
        _datacite(
            "10.7910/report/abc",
            titles=[
                {"title": "Who Audits the Auditors"},
                {"title": "Lessons from Finance", "titleType": "Subtitle"},
            ],
            creators=[{"name": "Nkemelu, Ada", "nameType": "Personal"}],
            publisher="Institute for Audits",
            publicationYear=2021,
            dates=[{"date": "2021", "dateType": "Issued"}, {"date": "2021-11-30", "dateType": "Submitted"}],
            types={"resourceType": "Working paper", "resourceTypeGeneral": "Report"},
            url="https://audits.example/abc",
        ),
        {
            "title": "Who Audits the Auditors: Lessons from Finance",
            "authors": "Ada Nkemelu",
            "publisher": "Institute for Audits",
            "date": "2021-11-30",
            "kind": "report",
            "url": "https://audits.example/abc",
            "doi": "10.7910/report/abc",
        },
    ),
    RegistryAnswer(
        "article in a journal",
        "10.17605/osf.io/j-1",
        "api.datacite.org",
        "/dois/10.17605%2Fosf.io%2Fj-1",
        _datacite(
            "10.17605/osf.io/j-1",
            titles=[{"title": "Openness Revisited", "lang": "en"}],
            creators=[{"name": "Sato, Yuki", "givenName": "Yuki", "familyName": "Sato"}],
            publisher="University Library",
            publicationYear=2020,
            container={"type": "Series", "title": "Journal of Openness", "volume": "4", "issue": "2"},
            dates=[{"date": "2020-04", "dateType": "Issued"}],
            types={"resourceTypeGeneral": "JournalArticle"},
            url="https://library.example/j-1",
        ),
        {
            "title": "Openness Revisited",
            "authors": "Yuki Sato",
            "publisher": "Journal of Openness 4(2)",
            "date": "2020-04",
            "kind": "article",
            "url": "https://library.example/j-1",
            "doi": "10.17605/osf.io/j-1",
        },
    ),
    RegistryAnswer(
        "recording",
        "10.5446/12345",
        "api.datacite.org",
        "/dois/10.5446%2F12345",
        _datacite(
            "10.5446/12345",
            titles=[{"title": "Keynote: Weights for Everyone"}],
            creators=[{"name": "Okafor, Chidi"}],
            publisher="Conference Recordings",
            publicationYear="2018",
            dates=[],
            types={"resourceTypeGeneral": "Audiovisual"},
            url="https://av.example/media/12345",
        ),
        {
            "title": "Keynote: Weights for Everyone",
            "authors": "Chidi Okafor",
            "publisher": "Conference Recordings",
            "date": "2018",
            "kind": "media",
            "url": "https://av.example/media/12345",
            "doi": "10.5446/12345",
        },
    ),
    RegistryAnswer(
        "book with an ISBN",
        "10.21428/book.1",
        "api.datacite.org",
        "/dois/10.21428%2Fbook.1",
        _datacite(
            "10.21428/book.1",
            titles=[{"title": "The Commons of Code"}],
            creators=[{"name": "Lindqvist, Åsa"}],
            publisher="Commons Press",
            publicationYear=2017,
            identifiers=[{"identifier": "978-0-306-40615-7", "identifierType": "ISBN"}],
            dates=[{"date": "2017-09-01/2017-09-30", "dateType": "Issued"}],
            types={"resourceTypeGeneral": "Book"},
            url="https://commons.example/code",
        ),
        {
            "title": "The Commons of Code",
            "authors": "Åsa Lindqvist",
            "publisher": "Commons Press",
            "date": "2017-09-01",
            "kind": "book",
            "url": "https://commons.example/code",
            "doi": "10.21428/book.1",
            "isbn": "9780306406157",
        },
    ),
]


def _arxiv(
    number: str, title: str, authors: list[str], published: str, *, updated: str = "", more: str = ""
) -> bytes:
    people = "".join(f"<author><name>{name}</name></author>" for name in authors)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <link href="http://arxiv.org/api/query?search_query%3D%26id_list%3D{number}" rel="self" type="application/atom+xml"/>
  <title type="html">ArXiv Query: search_query=&amp;id_list={number}&amp;start=0&amp;max_results=1</title>
  <id>http://arxiv.org/api/cHxbiOdZaP56ODnBPIenZhzg5f8</id>
  <updated>2026-11-26T00:00:00-04:00</updated>
  <opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">1</opensearch:totalResults>
  <entry>
    <id>http://arxiv.org/abs/{number}</id>
    <updated>{updated or published}</updated>
    <published>{published}</published>
    <title>{title}</title>
    <summary>  We study something.
</summary>
    {people}
    {more}
    <link href="http://arxiv.org/abs/{number}" rel="alternate" type="text/html"/>
    <link title="pdf" href="http://arxiv.org/pdf/{number}" rel="related" type="application/pdf"/>
    <arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.CY"
      scheme="http://arxiv.org/schemas/atom"/>
  </entry>
</feed>""".encode()


def _preprint(number: str, title: str, authors: str, date: str) -> dict[str, str]:
    return {
        "title": title,
        "authors": authors,
        "publisher": f"arXiv:{number}",
        "date": date,
        "kind": "preprint",
        "url": f"https://arxiv.org/abs/{number}",
        "doi": f"10.48550/arxiv.{number}",
    }


ARXIV = [
    RegistryAnswer(
        "many authors, title over two lines",
        "https://arxiv.org/pdf/2403.07918v1.pdf",
        "export.arxiv.org",
        "/api/query",
        _arxiv(
            "2403.07918v1",
            "On the Societal Impact of Open\n  Foundation Models",
            ["Sayash Kapoor", "Rishi Bommasani", "Kevin Klyman", "Shayne Longpre", "Ashwin Ramaswami"],
            "2024-02-27T16:49:53Z",
        ),
        _preprint(
            "2403.07918",
            "On the Societal Impact of Open Foundation Models",
            "Sayash Kapoor, Rishi Bommasani, Kevin Klyman and others",
            "2024-02-27",
        ),
    ),
    RegistryAnswer(
        "published later under a DOI of its own",
        "arXiv:2304.15004",
        "export.arxiv.org",
        "/api/query",
        _arxiv(
            "2304.15004v2",
            "Are Emergent Abilities of Large Language Models a Mirage?",
            ["Rylan Schaeffer", "Brando Miranda", "Sanmi Koyejo"],
            "2023-04-28T17:52:11Z",
            updated="2023-05-22T22:04:06Z",
            more='<arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">10.5555/3666122.3668</arxiv:doi>'
            '<arxiv:journal_ref xmlns:arxiv="http://arxiv.org/schemas/atom">NeurIPS 2023</arxiv:journal_ref>',
        ),
        _preprint(
            "2304.15004",
            "Are Emergent Abilities of Large Language Models a Mirage?",
            "Rylan Schaeffer, Brando Miranda, Sanmi Koyejo",
            "2023-04-28",
        ),
    ),
    RegistryAnswer(
        "old number",
        "math.GT/0309136",
        "export.arxiv.org",
        "/api/query",
        _arxiv("math/0309136v1", "Finite covers", ["D. B. McReynolds"], "2003-09-08T15:27:22Z"),
        _preprint("math/0309136", "Finite covers", "D. B. McReynolds", "2003-09-08"),
    ),
    RegistryAnswer(
        "LaTeX",
        "2101.00027",
        "export.arxiv.org",
        "/api/query",
        _arxiv(
            "2101.00027v1",
            r"Sharp $\mathcal{O}(n)$ bounds for $k$-means: Erd\H{o}s &amp; R\'enyi",
            ["P\\'al Erd\\H{o}s", "Alfr\\'ed R\\'enyi"],
            "2021-01-01T00:00:00Z",
        ),
        _preprint(
            "2101.00027",
            "Sharp O(n) bounds for k-means: Erdős & Rényi",
            "Pál Erdős, Alfréd Rényi",
            "2021-01-01",
        ),
    ),
    RegistryAnswer(
        "organisation as author",
        "10.48550/arXiv.2501.12948",
        "export.arxiv.org",
        "/api/query",
        _arxiv(
            "2501.12948v1",
            "DeepSeek-R1: Incentivizing Reasoning Capability in LLMs via Reinforcement Learning",
            ["DeepSeek-AI"],
            "2025-01-22T15:19:35Z",
        ),
        _preprint(
            "2501.12948",
            "DeepSeek-R1: Incentivizing Reasoning Capability in LLMs via Reinforcement Learning",
            "DeepSeek-AI",
            "2025-01-22",
        ),
    ),
    RegistryAnswer(
        "four authors",
        "https://arxiv.org/abs/2408.03314",
        "export.arxiv.org",
        "/api/query",
        _arxiv(
            "2408.03314v1",
            "Scaling LLM Test-Time Compute Optimally can be More Effective than Scaling Model Parameters",
            ["Charlie Snell", "Jaehoon Lee", "Kelvin Xu", "Aviral Kumar"],
            "2024-08-06T17:35:05Z",
        ),
        _preprint(
            "2408.03314",
            "Scaling LLM Test-Time Compute Optimally can be More Effective than Scaling Model Parameters",
            "Charlie Snell, Jaehoon Lee, Kelvin Xu, Aviral Kumar",
            "2024-08-06",
        ),
    ),
]


def _pubmed(pmid: str, article: str, *, ids: str = "") -> bytes:
    return f"""<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2026//EN"
 "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_260101.dtd">
<PubmedArticleSet><PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID>
<Article PubModel="Print-Electronic">{article}</Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>{ids}</ArticleIdList>
<ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.9999/cited</ArticleId></ArticleIdList></Reference>
</ReferenceList></PubmedData></PubmedArticle></PubmedArticleSet>""".encode()


def _person(fore: str, last: str) -> str:
    return (
        f'<Author ValidYN="Y"><LastName>{last}</LastName><ForeName>{fore}</ForeName>'
        f"<Initials>{fore[0]}</Initials></Author>"
    )


def _issue(volume: str, issue: str, date: str, journal: str) -> str:
    return (
        f'<Journal><ISSN IssnType="Electronic">1476-4687</ISSN><JournalIssue CitedMedium="Internet">'
        f"<Volume>{volume}</Volume>{f'<Issue>{issue}</Issue>' if issue else ''}<PubDate>{date}</PubDate></JournalIssue>"
        f"<Title>{journal}</Title><ISOAbbreviation>Abbr</ISOAbbreviation></Journal>"
    )


PUBMED = [
    RegistryAnswer(
        "article",
        "PMID: 39604616",
        "eutils.ncbi.nlm.nih.gov",
        "/entrez/eutils/efetch.fcgi",
        _pubmed(
            "39604616",
            _issue("635", "8040", "<Year>2024</Year><Month>Nov</Month>", "Nature")
            + "<ArticleTitle>Why 'open' AI systems are actually closed, and why this matters.</ArticleTitle>"
            '<ELocationID EIdType="doi" ValidYN="Y">10.1038/s41586-024-08141-1</ELocationID>'
            f'<AuthorList CompleteYN="Y">{_person("David Gray", "Widder")}{_person("Meredith", "Whittaker")}'
            f"{_person('Sarah Myers', 'West')}</AuthorList>"
            '<ArticleDate DateType="Electronic"><Year>2024</Year><Month>11</Month><Day>27</Day></ArticleDate>',
            ids='<ArticleId IdType="doi">10.1038/s41586-024-08141-1</ArticleId>',
        ),
        {
            "title": "Why 'open' AI systems are actually closed, and why this matters",
            "authors": "David Gray Widder, Meredith Whittaker, Sarah Myers West",
            "publisher": "Nature 635(8040)",
            "date": "2024-11-27",
            "kind": "article",
            "url": "https://doi.org/10.1038/s41586-024-08141-1",
            "doi": "10.1038/s41586-024-08141-1",
        },
    ),
    RegistryAnswer(
        "without a DOI, day in the issue",
        "https://pubmed.ncbi.nlm.nih.gov/1234567/",
        "eutils.ncbi.nlm.nih.gov",
        "/entrez/eutils/efetch.fcgi",
        _pubmed(
            "1234567",
            _issue("12", "", "<Year>1991</Year><Month>Jul</Month><Day>5</Day>", "Annals of tests")
            + "<ArticleTitle>Trials <i>in vitro</i> of 10<sup>3</sup> cells.</ArticleTitle>"
            f"<AuthorList>{_person('Rosa', 'Ferrer')}</AuthorList>",
        ),
        {
            "title": "Trials in vitro of 103 cells",
            "authors": "Rosa Ferrer",
            "publisher": "Annals of tests 12",
            "date": "1991-07-05",
            "kind": "article",
            "url": "https://pubmed.ncbi.nlm.nih.gov/1234567/",
        },
    ),
    RegistryAnswer(
        "translated title, place behind the journal's name",
        "pmid 20301314",
        "eutils.ncbi.nlm.nih.gov",
        "/entrez/eutils/efetch.fcgi",
        _pubmed(
            "20301314",
            _issue("346", "6212", "<Year>2014</Year><Month>12</Month>", "Science (New York, N.Y.)")
            + "<ArticleTitle>[On the openness of models].</ArticleTitle><VernacularTitle>Offenheit</VernacularTitle>"
            f"<AuthorList>{_person('Jörg', 'Weiß')}</AuthorList>",
            ids='<ArticleId IdType="doi">10.1126/science.123</ArticleId>',
        ),
        {
            "title": "On the openness of models",
            "authors": "Jörg Weiß",
            "publisher": "Science 346(6212)",
            "date": "2014-12",
            "kind": "article",
            "url": "https://doi.org/10.1126/science.123",
            "doi": "10.1126/science.123",
        },
    ),
    RegistryAnswer(
        "group as author, season for a date",
        "PMID: 111",
        "eutils.ncbi.nlm.nih.gov",
        "/entrez/eutils/efetch.fcgi",
        _pubmed(
            "111",
            _issue("3", "1-2", "<MedlineDate>1999 Winter-Spring</MedlineDate>", "Issues in science")
            + "<ArticleTitle>A statement</ArticleTitle><AuthorList><Author ValidYN='Y'>"
            "<CollectiveName>Working Group on Weights</CollectiveName></Author></AuthorList>",
        ),
        {
            "title": "A statement",
            "authors": "Working Group on Weights",
            "publisher": "Issues in science 3(1-2)",
            "date": "1999",
            "kind": "article",
            "url": "https://pubmed.ncbi.nlm.nih.gov/111/",
        },
    ),
    RegistryAnswer(
        "preprint",
        "PMID: 222",
        "eutils.ncbi.nlm.nih.gov",
        "/entrez/eutils/efetch.fcgi",
        _pubmed(
            "222",
            _issue(
                "",
                "",
                "<Year>2020</Year><Month>Feb</Month><Day>02</Day>",
                "bioRxiv",
            )
            + "<ArticleTitle>Early results.</ArticleTitle>"
            f"<AuthorList>{_person('A', 'One')}{_person('B', 'Two')}{_person('C', 'Three')}{_person('D', 'Four')}"
            f"{_person('E', 'Five')}</AuthorList><PublicationTypeList>"
            '<PublicationType UI="D000076942">Preprint</PublicationType></PublicationTypeList>',
            ids='<ArticleId IdType="doi">10.1101/2020.01.30.927871</ArticleId>',
        ),
        {
            "title": "Early results",
            "authors": "A One, B Two, C Three and others",
            "publisher": "bioRxiv",
            "date": "2020-02-02",
            "kind": "preprint",
            "url": "https://doi.org/10.1101/2020.01.30.927871",
            "doi": "10.1101/2020.01.30.927871",
        },
    ),
    RegistryAnswer(
        "book",
        "PMID: 333",
        "eutils.ncbi.nlm.nih.gov",
        "/entrez/eutils/efetch.fcgi",
        b"""<?xml version="1.0" ?><PubmedArticleSet><PubmedBookArticle><BookDocument><PMID Version="1">333</PMID>
<Book><Publisher><PublisherName>University Press</PublisherName></Publisher>
<BookTitle book="x">Reviews of Genes</BookTitle><PubDate><Year>1993</Year></PubDate>
<AuthorList Type="editors"><Author><LastName>Adam</LastName><ForeName>Margaret P</ForeName></Author></AuthorList>
<Isbn>9780306406157</Isbn></Book></BookDocument></PubmedBookArticle></PubmedArticleSet>""",
        {
            "title": "Reviews of Genes",
            "authors": "Margaret P Adam",
            "publisher": "University Press",
            "date": "1993",
            "kind": "book",
            "url": "https://pubmed.ncbi.nlm.nih.gov/333/",
            "isbn": "9780306406157",
        },
    ),
]


def _book(isbn: str, **book: Any) -> bytes:
    record = {
        "url": f"https://openlibrary.org/books/OL{isbn[-7:]}M/x",
        "key": f"/books/OL{isbn[-7:]}M",
        **book,
    }
    return json.dumps({f"ISBN:{isbn}": record}).encode()


def _wanted_book(isbn: str, **values: str) -> dict[str, str]:
    return {"kind": "book", "url": f"https://openlibrary.org/books/OL{isbn[-7:]}M/x", "isbn": isbn, **values}


OPEN_LIBRARY = [
    RegistryAnswer(
        "title and subtitle",
        "ISBN 978-0-19-967811-2",
        "openlibrary.org",
        "/api/books",
        _book(
            "9780199678112",
            title="Superintelligence",
            subtitle="Paths, Dangers, Strategies",
            authors=[{"url": "https://openlibrary.org/authors/OL7193969A", "name": "Nick Bostrom"}],
            publishers=[{"name": "Oxford University Press"}],
            publish_date="Jul 3, 2014",
            number_of_pages=328,
        ),
        _wanted_book(
            "9780199678112",
            title="Superintelligence: Paths, Dangers, Strategies",
            authors="Nick Bostrom",
            publisher="Oxford University Press",
            date="2014-07-03",
        ),
    ),
    RegistryAnswer(
        "ten digits",
        "0-306-40615-2",
        "openlibrary.org",
        "/api/books",
        _book(
            "9780306406157",
            title="Error-Correction Coding for Digital Communications",
            authors=[{"name": "George C. Clark"}, {"name": "J. Bibb Cain"}],
            publishers=[{"name": "Plenum Press"}],
            publish_date="1981",
        ),
        _wanted_book(
            "9780306406157",
            title="Error-Correction Coding for Digital Communications",
            authors="George C. Clark, J. Bibb Cain",
            publisher="Plenum Press",
            date="1981",
        ),
    ),
    RegistryAnswer(
        "only a statement of authors",
        "9780262533058",
        "openlibrary.org",
        "/api/books",
        _book(
            "9780262533058",
            title="Introduction to Algorithms.",
            by_statement="Thomas H. Cormen ... [et al.].",
            publishers=[{"name": "MIT Press"}],
            publish_date="September 2009",
        ),
        _wanted_book(
            "9780262533058",
            title="Introduction to Algorithms",
            authors="Thomas H. Cormen ... [et al.]",
            publisher="MIT Press",
            date="2009-09",
        ),
    ),
    RegistryAnswer(
        "no publisher",
        "9780140328721",
        "openlibrary.org",
        "/api/books",
        _book(
            "9780140328721",
            title="Fantastic Mr. Fox",
            authors=[{"name": "Roald Dahl"}],
            publish_date="October 1, 1988",
        ),
        _wanted_book("9780140328721", title="Fantastic Mr. Fox", authors="Roald Dahl", date="1988-10-01"),
    ),
    RegistryAnswer(
        "odd date",
        "9780980200447",
        "openlibrary.org",
        "/api/books",
        _book(
            "9780980200447",
            title="Slow reading",
            authors=[{"name": "John Miedema"}],
            publishers=[{"name": "Litwin Books"}],
            publish_date="c2009, 1st ed.",
        ),
        _wanted_book(
            "9780980200447",
            title="Slow reading",
            authors="John Miedema",
            publisher="Litwin Books",
            date="2009",
        ),
    ),
    RegistryAnswer(
        "another script",
        "9787302423287",
        "openlibrary.org",
        "/api/books",
        _book(
            "9787302423287",
            title="机器学习",
            authors=[{"name": "周志华"}],
            publishers=[{"name": "清华大学出版社"}],
            publish_date="2016-01-01",
        ),
        _wanted_book(
            "9787302423287", title="机器学习", authors="周志华", publisher="清华大学出版社", date="2016-01-01"
        ),
    ),
]

ANSWERS = [*CROSSREF, *DATACITE, *ARXIV, *PUBMED, *OPEN_LIBRARY]
