"""What an address and a page's words tell of a backer."""

import pytest

from controversies.interchange.files.guesses import Prose, backer

PROSE = """OpenAI and Meta AI disagree. Sam Altman of OpenAI said so; François Chollet did not. See openai.com and
https://openai.com/about. Prof. Xu Li wrote to the AI Now Institute, and academic researchers and Hugging
Face answered. EleutherAI is spelled eleutherai by some."""


@pytest.mark.parametrize(
    ("address", "name", "kind", "doubtful"),
    [
        ("openai", "OpenAI", "organisation", {"kind"}),
        ("meta-ai", "Meta AI", "organisation", {"kind"}),
        ("sam-altman", "Sam Altman", "person", set()),
        ("francois-chollet", "François Chollet", "person", set()),
        ("xu-li", "Xu Li", "person", set()),
        ("hugging-face", "Hugging Face", "organisation", {"kind"}),
        ("ai-now-institute", "AI Now Institute", "organisation", set()),
        ("academic-researchers", "Academic researchers", "constituency", set()),
        ("eleutherai", "EleutherAI", "organisation", {"kind"}),
        ("ai-governance-researchers", "AI governance researchers", "constituency", set()),
        ("yann-lecun", "Yann Lecun", "person", set()),
        ("university-of-oxford", "University of Oxford", "organisation", set()),
        ("european-commission", "European Commission", "government", set()),
        ("some-lab", "Some lab", "constituency", set()),
        ("oxford-lab", "Oxford Lab", "research-lab", set()),
        ("acme-inc", "Acme Inc", "company", set()),
        ("nist", "NIST", "government", set()),
        ("mistral", "Mistral", "organisation", {"name", "kind"}),
    ],
)
def test_guess(address, name, kind, doubtful):
    found = backer(address, Prose([PROSE]))

    assert (found["name"][0], found["kind"][0]) == (name, kind)
    assert {field for field, (_value, is_doubtful) in found.items() if is_doubtful} == doubtful
