"""What kind of change an edit of a text is: nothing that says something else is called spelling or wording."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.document import spelling
from controversies.document.wording import edit

TYPO = [
    ("books to be trasnformative, and fair.", "books to be transformative, and fair."),
    ("The wieghts are open.", "The weights are open."),
    ("The weights are open.", "The wieghts are open."),
    ("wieghts are opne", "weights are open"),
    ("Teh court adn the judge", "The court and the judge"),
    ("the the model", "the model"),
    ("The model is is open", "The model is open"),
    ("colour of it", "color of it"),
    ("The organisation analysed it", "The organization analyzed it"),
    ("The weights are open", "The weights are open."),
    ("the weights", "The weights"),
    ("Weights — open", "Weights, open"),
    ("growth of 5 %", "growth of 5%"),
    ("in 2023, and", "in 2023 and"),
    ("from 2023-24", "from 2023–24"),
    ("Antropic said", "Anthropic said"),
    ("alot of weights", "a lot of weights"),
    ("its goverment", "its government"),
    ("the hyperparamter", "the hyperparameter"),
    ("open-weight models", "open weight models"),
    ("It dont work", "It don't work"),
    ("licences that coud", "licences that could"),
    ("B compets with A", "B competes with A"),
    ("the opennes", "the openness"),
    ("wiht them", "with them"),
    ("a enviroment", "an environment"),
]
WORDING = [
    ("Researchers have found faults", "Researchers found faults"),
    ("It can't be done", "It cannot be done"),
    ("It does not work", "It doesn't work"),
    ("One two three four. Five six seven.", "Five six seven. One two three four."),
    ("A first. A second.", "A first.\n\nA second."),
    ("the **open** weights", "the open weights"),
    ("It uses a big model", "It utilises a large model"),
    ("is case", "is a case"),
    ("They used it in order to help", "They used it to help"),
    ("For example, courts", "For instance, courts"),
]
SUBSTANTIVE = [
    ("It is nto so", "It is not so"),
    ("two chatbots", "two chatbot"),
    ("the tokenizer", "the tokenized"),
    ("it is now so", "it is not so"),
    ("a causal link", "a casual link"),
    ("public works", "pubic works"),
    ("the affect of it", "the effect of it"),
    ("unionized workers", "ionized workers"),
    ("it is illegal", "it is legal"),
    ("unlikely harm", "likely harm"),
    ("nitrate level", "nitrite level"),
    ("in 2023", "in 2024"),
    ("costs 5.0 million", "costs 50 million"),
    ("-5 degrees", "5 degrees"),
    ("growth of 5%", "growth of 5"),
    ("It works.", "It works?"),
    ("They can open", "They may open"),
    ("a case for", "a case against"),
    ("The weights are open.", "The weights are closed."),
    ("The weights are open.", "The weights are not open."),
    ("it was shown", "it is shown"),
    ("most models", "all models"),
    ("three studies agree", "two studies agree"),
    ("Independent researchers found faults.", "Independent researchers fixed faults."),
    ("The risk is low.", "The risk is lower."),
    ("harmless systems", "harmful systems"),
    ("pretraining data", "retraining data"),
    ("He will march", "He will March"),
    ("few studies", "a few studies"),
    ("models", "model"),
    ("with consent", "without consent"),
    ("the employer said", "the employee said"),
    ("A short text.", "Another text entirely, about things."),
    ("It is so. One more here.", "It is so."),
    ("hyperthermia", "hypothermia"),
    ("interstate law", "intrastate law"),
    ("It is safe", "It is too safe"),
    ("moral claims", "mortal claims"),
    ("the defendant won", "the defendants won"),
    ("Hanson wrote", "Hansen wrote"),
    ("tokenizers work", "tokenized work"),
    ("must be licensed", "may be licensed"),
    ("prescribed use", "proscribed use"),
    ("5 km away", "5 m away"),
    ("adverse effects", "averse effects"),
    ("open to the public", "opened to the public"),
    ("emigrants came", "immigrants came"),
]


def kinds(old, new):
    return {each.value for each in edit(old, new).kinds}


@pytest.mark.parametrize(("old", "new"), TYPO)
def test_spelling_is_a_typo_both_ways(old, new):
    assert kinds(old, new) == kinds(new, old) == {"typo"}


@pytest.mark.parametrize(("old", "new"), WORDING)
def test_the_same_said_otherwise_is_wording_both_ways(old, new):
    assert kinds(old, new) == kinds(new, old) == {"wording"}


@pytest.mark.parametrize(("old", "new"), SUBSTANTIVE)
def test_what_says_something_else_is_substantive_both_ways(old, new):
    assert kinds(old, new) == kinds(new, old) == {"substantive"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("So it is [1].", "So it is [2].", {"source"}),
        ("So it is [1].", "So it is.", {"source"}),
        ("So it is [1]. And so [2].", "So it is [2]. And so [1].", {"source"}),
        ("So it [1] is. And so.", "So it is. And so [1].", {"source"}),
        ("It is [1]. Was it [2]?", "Was it [2]? It is [1].", {"wording"}),
        ("So it is [1].", "So it is. [1]", {"typo"}),
        ("So it is [1].", "So it is not [1].", {"substantive"}),
        ("So it is [1].", "So it is not [2].", {"substantive"}),
        ("So it is [1]. But not here.", "So it is [2]. But here.", {"substantive", "source"}),
        ("So it is [1]. It was said before [2].", "So it is [1].", {"substantive"}),
        ("Teh model [1].", "The model [2].", {"typo", "source"}),
        ("See [here](https://a.example/).", "See [here](https://b.example/).", {"substantive"}),
        ("same", "same", set()),
        ("", "new", {"substantive"}),
        ("old", "", {"substantive"}),
        ("...", "!!!", {"typo"}),
    ],
)
def test_marks_and_odd_texts(old, new, expected):
    assert kinds(old, new) == expected


def test_corrections_are_counted():
    assert edit("wieghts are opne", "weights are open").corrections == 2
    assert edit("The weights are open", "The weights are open.").corrections == 0
    assert edit("wieghts are opne", "weights are closed").corrections == 0


@given(st.text(), st.text())
def test_any_text_has_a_kind_if_it_changed(old, new):
    assert bool(kinds(old, new)) is (old != new)


WORDS = "abcdeilmnorstu"


@given(st.text(WORDS, min_size=1, max_size=9), st.text(WORDS, min_size=1, max_size=9))
def test_two_words_of_the_dictionary_are_never_one(old, new):
    if spelling.is_same(old, new) and spelling.variant(old) != spelling.variant(new):
        assert not (spelling.is_word(old) and spelling.is_word(new)) or {old, new} == {"a", "an"}
    assert spelling.is_same(old, new) is spelling.is_same(new, old)
