import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.kit.identifiers import (
    Identifier,
    IdentifierKind,
    address_spellings,
    canonical_doi,
    clean_address,
    identify,
    same_address,
    source_keys,
)
from controversies.kit.isbn import isbn13

DOI, ARXIV, PMID, ISBN, URL, TITLE = IdentifierKind


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        # DOIs
        ("10.1126/science.adp1848", DOI, "10.1126/science.adp1848"),
        ("10.1126/SCIENCE.ADP1848", DOI, "10.1126/science.adp1848"),
        ("doi:10.1126/science.adp1848", DOI, "10.1126/science.adp1848"),
        ("DOI: 10.1126/science.adp1848.", DOI, "10.1126/science.adp1848"),
        ("doi 10.1126/science.adp1848", DOI, "10.1126/science.adp1848"),
        ("info:doi/10.1126/science.adp1848", DOI, "10.1126/science.adp1848"),
        ("urn:doi:10.1126/science.adp1848", DOI, "10.1126/science.adp1848"),
        ("https://doi.org/10.1126/science.adp1848", DOI, "10.1126/science.adp1848"),
        ("http://dx.doi.org/10.1126%2Fscience.adp1848?nosfx=y", DOI, "10.1126/science.adp1848"),
        ("doi.org/10.1126/science.adp1848", DOI, "10.1126/science.adp1848"),
        ("doi:https://doi.org/10.1126/science.adp1848", DOI, "10.1126/science.adp1848"),
        ("10.1126/\u200bscience\u00ad.adp1848\ufeff", DOI, "10.1126/science.adp1848"),
        ("\u201c10.1126/science.adp1848\u201d,", DOI, "10.1126/science.adp1848"),
        ("(10.1016/S0140-6736(97)11096-0)", DOI, "10.1016/s0140-6736(97)11096-0"),
        ("<https://doi.org/10.1016/S0140-6736(97)11096-0>;", DOI, "10.1016/s0140-6736(97)11096-0"),
        (
            "10.1002/(SICI)1096-8644(199601)99:1<1::AID-AJPA1>3.0.CO;2-1",
            DOI,
            "10.1002/(sici)1096-8644(199601)99:1<1::aid-ajpa1>3.0.co;2-1",
        ),
        ("Bommasani et al. (2024). https://doi.org/10.1126/science.adp1848.", DOI, "10.1126/science.adp1848"),
        ("Science 386(6718), 10.1126/science.adp1848, p. 151", DOI, "10.1126/science.adp1848"),
        # DOIs within publishers' addresses
        ("https://www.science.org/doi/10.1126/science.adp1848", DOI, "10.1126/science.adp1848"),
        (
            "https://www.science.org/doi/full/10.1126/science.adp1848?utm_source=a",
            DOI,
            "10.1126/science.adp1848",
        ),
        ("https://dl.acm.org/doi/pdf/10.1145/3442188.3445922", DOI, "10.1145/3442188.3445922"),
        (
            "https://link.springer.com/article/10.1007/s40319-023-01399-4#Sec2",
            DOI,
            "10.1007/s40319-023-01399-4",
        ),
        (
            "https://link.springer.com/content/pdf/10.1007/s40319-023-01399-4.pdf",
            DOI,
            "10.1007/s40319-023-01399-4",
        ),
        (
            "https://onlinelibrary.wiley.com/doi/10.1111/j.1540-6261.1991.tb03753.x/abstract",
            DOI,
            "10.1111/j.1540-6261.1991.tb03753.x",
        ),
        (
            "https://www.frontiersin.org/articles/10.3389/fpsyg.2020.00001/full",
            DOI,
            "10.3389/fpsyg.2020.00001",
        ),
        (
            "https://www.emerald.com/insight/content/doi/10.1108/EJM-01-2020-0001/full/html",
            DOI,
            "10.1108/ejm-01-2020-0001",
        ),
        (
            "https://journals.plos.org/plosone/article?id=10.1371/journal.pone.0000001",
            DOI,
            "10.1371/journal.pone.0000001",
        ),
        (
            "https://journals.plos.org/plosone/article/file?id=10.1371%2Fjournal.pone.0000001&type=printable",
            DOI,
            "10.1371/journal.pone.0000001",
        ),
        (
            "https://www.biorxiv.org/content/10.1101/2020.01.30.927871v1.full.pdf",
            DOI,
            "10.1101/2020.01.30.927871",
        ),
        ("https://www.nature.com/articles/s41586-024-08141-1", DOI, "10.1038/s41586-024-08141-1"),
        ("https://www.nature.com/articles/s41586-024-08141-1.pdf", DOI, "10.1038/s41586-024-08141-1"),
        # arXiv
        ("2403.07918", ARXIV, "2403.07918"),
        ("arXiv:2403.07918v2", ARXIV, "2403.07918v2"),
        ("ARXIV: 2403.07918 [cs.CY]", ARXIV, "2403.07918"),
        ("https://arxiv.org/abs/2403.07918", ARXIV, "2403.07918"),
        ("http://www.arxiv.org/abs/2403.07918v1/", ARXIV, "2403.07918v1"),
        ("https://arxiv.org/pdf/2403.07918v1.pdf", ARXIV, "2403.07918v1"),
        ("https://arxiv.org/html/2403.07918v1#S2", ARXIV, "2403.07918v1"),
        ("https://export.arxiv.org/abs/2403.07918", ARXIV, "2403.07918"),
        ("https://ar5iv.labs.arxiv.org/html/2403.07918", ARXIV, "2403.07918"),
        ("10.48550/arXiv.2403.07918", ARXIV, "2403.07918"),
        ("https://doi.org/10.48550/arXiv.2403.07918", ARXIV, "2403.07918"),
        ("hep-th/9901001", ARXIV, "hep-th/9901001"),
        ("arXiv:hep-th/9901001v3", ARXIV, "hep-th/9901001v3"),
        ("math.GT/0309136", ARXIV, "math/0309136"),
        ("https://arxiv.org/abs/math.GT/0309136v2", ARXIV, "math/0309136v2"),
        ("Kapoor et al., On the Societal Impact of Models, arXiv:2403.07918 (2024)", ARXIV, "2403.07918"),
        # PMIDs
        ("PMID: 20301314", PMID, "20301314"),
        ("pmid 20301314", PMID, "20301314"),
        ("PMID:20301314.", PMID, "20301314"),
        ("https://pubmed.ncbi.nlm.nih.gov/20301314/", PMID, "20301314"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/20301314", PMID, "20301314"),
        ("https://europepmc.org/article/MED/20301314", PMID, "20301314"),
        # ISBNs
        ("9780306406157", ISBN, "9780306406157"),
        ("978-0-306-40615-7", ISBN, "9780306406157"),
        ("978 0 306 40615 7", ISBN, "9780306406157"),
        ("978‑0‑306‑40615‑7", ISBN, "9780306406157"),
        ("0-306-40615-2", ISBN, "9780306406157"),
        ("ISBN 0-306-40615-2", ISBN, "9780306406157"),
        ("ISBN-13: 978-0-306-40615-7", ISBN, "9780306406157"),
        ("isbn:080442957X", ISBN, "9780804429573"),
        ("urn:isbn:0-8044-2957-X", ISBN, "9780804429573"),
        # addresses
        (
            "https://about.fb.com/news/2024/07/open-source/",
            URL,
            "https://about.fb.com/news/2024/07/open-source/",
        ),
        (
            "<https://en.wikipedia.org/wiki/Mind_(disambiguation)>.",
            URL,
            "https://en.wikipedia.org/wiki/Mind_(disambiguation)",
        ),
        ("(https://example.org/a)", URL, "https://example.org/a"),
        ("HTTPS://example.org/a?utm_source=x&b=2", URL, "https://example.org/a?b=2"),
        ("https://example.org/a#:~:text=words", URL, "https://example.org/a"),
        ("www.example.org/a", URL, "https://www.example.org/a"),
        ("example.org/a", URL, "https://example.org/a"),
        ("https://example.org/a\u200b", URL, "https://example.org/a"),
        ("See https://example.org/a, please", URL, "https://example.org/a"),
        ("https://arxiv.org/list/cs.AI/recent", URL, "https://arxiv.org/list/cs.AI/recent"),
        (
            "https://pubpeer.com/search?q=10.1126/science.adp1848",
            URL,
            "https://pubpeer.com/search?q=10.1126/science.adp1848",
        ),
        # titles
        ("The Bitter Lesson", TITLE, "The Bitter Lesson"),
        ("  The\n Bitter\u00a0 Lesson ", TITLE, "The Bitter Lesson"),
        ("“Why ‘open’ AI systems are actually closed”", TITLE, "“Why ‘open’ AI systems are actually closed”"),
        ("1984", TITLE, "1984"),
        ("20301314", TITLE, "20301314"),
        ("10.5 reasons to worry", TITLE, "10.5 reasons to worry"),
        ("9780306406158", TITLE, "9780306406158"),
        ("2413.07918", TITLE, "2413.07918"),
        ("And/or: a choice", TITLE, "And/or: a choice"),
        ("javascript:alert(1)", TITLE, "javascript:alert(1)"),
        ("می\u200cخواهم", TITLE, "می\u200cخواهم"),
        ("", TITLE, ""),
    ],
)
def test_pasted_text_is_identified(text, kind, value):
    assert identify(text) == Identifier(kind, value)


def test_isbn_with_a_wrong_digit_says_so():
    assert identify("ISBN 978-0-306-40615-8") == Identifier(ISBN, "978-0-306-40615-8", fault="check-digit")
    assert not identify("ISBN 978-0-306-40615-8").keys


@pytest.mark.parametrize(
    "text", ["", "10.1126", "10.12/a", "10.1126/", "https://example.org/10.1126/a", "x10.1126/a"]
)
def test_other_text_is_no_doi(text):
    assert canonical_doi(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0306406152X",
        "0306406153",
        "X306406152",
        "9770306406157",
        "978030640615X",
        "12345678901234567",
        "１234567890",
    ],
)
def test_other_text_is_no_isbn(text):
    assert isbn13(text) == ""


@given(st.from_regex(r"97[89][0-9]{9}", fullmatch=True), st.integers(0, 9))
def test_of_ten_last_digits_one_is_an_isbn(twelve, digit):
    [isbn] = [f"{twelve}{each}" for each in range(10) if isbn13(f"{twelve}{each}")]

    assert isbn13(isbn) == isbn
    assert (isbn13(f"{twelve}{digit}") == "") == (isbn[-1] != str(digit))


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_of_eleven_last_digits_one_is_an_isbn(nine):
    assert len([each for each in "0123456789X" if isbn13(nine + each)]) == 1


KEY = "example.org/a?b=1"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a?b=1",
        "http://example.org/a?b=1",
        "https://www.example.org/a?b=1",
        "HTTPS://WWW.Example.ORG/a?b=1",
        "https://example.org:443/a?b=1",
        "http://example.org:80/a?b=1",
        "https://example.org./a?b=1",
        "https://example.org/a/?b=1",
        "https://example.org/a?b=1#part",
        "https://example.org/a?b=1#:~:text=words",
        "https://example.org/%61?b=%31",
        "https://example.org/a?b=1&utm_source=x&UTM_medium=y",
        "https://example.org/a?fbclid=1&b=1",
        "https://example.org/a?&b=1&gclid=1",
        " https://example.org/a?b=1 ",
    ],
)
def test_spellings_of_one_address_have_one_key(url):
    assert same_address(url) == KEY


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/A?b=1",
        "https://example.org/a?b=2",
        "https://example.org/a?B=1",
        "https://example.org/a",
        "https://example.org:8080/a?b=1",
        "http://example.org:443/a?b=1",
        "https://m.example.org/a?b=1",
        "https://me@example.org/a?b=1",
        "https://example.org/a?b=1#!/page",
        "https://example.org/a?b=1&c=2",
        "https://example.org/a//x/..?b=1",
        "https://example.org/a%2F?b=1",
        "ftp://example.org/a?b=1",
        "example.org/a?b=1",
        "",
    ],
)
def test_other_addresses_have_another_key(url):
    assert same_address(url) != KEY


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://doi.org/10.1000/ABC", "http://dx.doi.org/10.1000%2Fabc"),
        ("https://bücher.example/a", "http://www.xn--bcher-kva.example/a/"),
        ("https://BÜCHER.example/a", "https://bücher.example/a"),
        ("https://example.org/ü", "https://example.org/%c3%bc"),
        ("https://example.org/a[1]", "https://example.org/a[1]/"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/#!/a", "https://example.org#!/a"),
    ],
)
def test_addresses_that_are_one(one, other):
    assert same_address(one) == same_address(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/?a=1&b=2", "https://example.org/?b=2&a=1"),
        ("https://straße.example/", "https://strasse.example/"),
        ("https://example.org/a?x=%26", "https://example.org/a?x=&"),
        ("https://example.org/a%3Fb", "https://example.org/a?b"),
        ("https://www.com/", "https://com/"),
        ("https://example.org/watch?v=1", "https://example.org/watch?v=2"),
    ],
)
def test_addresses_that_differ(one, other):
    assert same_address(one) != same_address(other)


@given(st.text(max_size=200))
def test_any_text_is_identified_and_has_keys(text):
    identifier = identify(text)

    assert identifier.kind in IdentifierKind
    assert all(":" in key for key in identifier.keys)
    if identifier.kind is DOI:
        assert identify(identifier.value) == identifier


@given(st.text("aA%41/.?&=#!:@üß[]\u200b-_", max_size=30))
def test_key_of_an_address_is_its_own_key(rest):
    key = same_address(f"https://example.org/{rest}")

    assert key
    assert same_address(f"https://{key}") == key


def test_address_of_another_script_has_two_spellings():
    assert address_spellings("https://xn--bcher-kva.example/a") == (
        "xn--bcher-kva.example/a",
        "bücher.example/a",
    )
    assert address_spellings("https://bücher.example/a") == ("xn--bcher-kva.example/a", "bücher.example/a")
    assert address_spellings("https://example.org/a") == ("example.org/a",)


def test_clean_address_keeps_what_leads_somewhere():
    assert (
        clean_address("https://www.Example.org/A/?b=1&utm_id=2#part") == "https://www.Example.org/A/?b=1#part"
    )
    assert clean_address("https://example.org/?utm_id=2#:~:text=a") == "https://example.org/"
    assert clean_address("no address") == "no address"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("10.1126/science.adp1848", {"doi": "10.1126/Science.ADP1848"}),
        ("10.1126/science.adp1848", {"url": "https://www.science.org/doi/10.1126/science.adp1848"}),
        ("https://www.science.org/doi/abs/10.1126/science.adp1848", {"doi": "10.1126/science.adp1848"}),
        ("arXiv:2403.07918v2", {"url": "http://arxiv.org/pdf/2403.07918v1"}),
        ("2403.07918", {"doi": "10.48550/arXiv.2403.07918"}),
        ("10.48550/arXiv.2403.07918", {"url": "https://arxiv.org/abs/2403.07918"}),
        ("math.GT/0309136", {"url": "https://arxiv.org/abs/math/0309136"}),
        ("PMID: 20301314", {"url": "https://www.ncbi.nlm.nih.gov/pubmed/20301314"}),
        ("0-306-40615-2", {"isbn": "9780306406157"}),
        ("https://bücher.example/a", {"url": "https://xn--bcher-kva.example/a"}),
        ("http://www.about.fb.com/news/?utm_id=1", {"url": "https://about.fb.com/news"}),
    ],
)
def test_identifier_has_a_key_of_its_source(text, source):
    assert identify(text).keys & source_keys(**source)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("The Bitter Lesson", {"url": "https://example.org/", "doi": "10.1234/x", "isbn": "9780306406157"}),
        ("2403.07918", {"url": "https://arxiv.org/abs/2403.07919"}),
        ("10.1126/science.adp1848", {"doi": "10.1126/science.adp18489"}),
        ("https://example.org/a", {}),
    ],
)
def test_identifier_has_no_key_of_another_source(text, source):
    assert not identify(text).keys & source_keys(**source)
