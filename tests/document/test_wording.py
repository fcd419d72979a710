"""What kind of change an edit of a text is: nothing that says something else is called spelling or wording."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

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
    ("The nonprofit firm", "The non-profit firm"),
    ("an e-mail to them", "an email to them"),
    ('He said "no" to thme.', 'He said "no" to them.'),
    ("It fell to -5 points", "It fell to −5 points"),
    ("a cafe\u0301 here", "a café here"),
    ("Istanbul ruled", "istanbul ruled"),
    ("İstanbul ruled", "i̇stanbul ruled"),
    ("Das Gericht sprach vom Urheberrechtsgesetz", "Das Gericht sprach vom Urheberrechtsgestez"),
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
    ("the **open** weights", "the open **weights**"),
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
    ("They should copy it", "They shouldnt copy it"),
    ("He said “it is fair” and new.", "He said “it is fair and new”."),
    ("It is just a copy.", "It is a just copy."),
    ("The licensor pays", "The licensee pays"),
    ("an author must present it", "an author must current it"),
    ("The court ruled however the parties wished.", "The court ruled, however, the parties wished."),
    ("The lawyers, who lied, were punished.", "The lawyers who lied were punished."),
    ("It was copied from pirate libraries.", "It was copied from “pirate” libraries."),
    ("Write `Disallow: /` in it.", "Write `Disallow:` in it."),
    ("They copied 7 GB.", "They copied 7 Gb."),
    ("So it was 👍 then.", "So it was 👎 then."),
    ("x ≤ y holds", "x ≥ y holds"),
    ("input → output", "input ← output"),
    ("x + y holds here", "x - y holds here"),
    ("A number of courts agree", "The number of courts agree"),
    ("a third of courts agree", "the third of courts agree"),
    ("Die Klage wurde angenommen vom Gericht.", "Die Klage wurde abgenommen vom Gericht."),
    ("学習は合法である。", "学習は違法である。"),
    ("यह मान्य है।", "यह मन्य है।"),
    ("بيت المحكمة الدستورية", "بيت المحكمة الدستوربة"),
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


# Two words each, alike and not the same.
CONFUSED = """
    accept/except adverse/averse affect/effect allusion/illusion altar/alter amoral/immoral annual/annul
    appraise/apprise ascent/assent assure/ensure aural/oral bail/bale baited/bated biased/based bloc/block
    born/borne breach/breech breath/breathe cache/cachet callous/callus canvas/canvass carat/caret
    causal/casual censor/censure cite/site climatic/climactic coarse/course collision/collusion
    complacent/complaisant complement/compliment confident/confidant conscience/conscious consul/counsel
    continual/continuous corps/corpse council/counsel credible/credulous defuse/diffuse dependant/dependent
    desert/dessert device/devise disburse/disperse discreet/discrete disinterested/uninterested dual/duel
    economic/economical elicit/illicit emigrate/immigrate eminent/imminent ensure/insure envelop/envelope
    exercise/exorcise expand/expend extant/extent farther/further flaunt/flout flounder/founder
    forbear/forebear foreword/forward formally/formerly gorilla/guerrilla hoard/horde human/humane
    impassable/impassible incidence/incidents ingenious/ingenuous interment/internment lead/led liable/libel
    lightening/lightning loath/loathe loose/lose magnate/magnet marital/martial median/medium militate/mitigate
    moral/morale motive/motif mucous/mucus naval/navel ordinance/ordnance overdo/overdue parameter/perimeter
    patience/patients peace/piece pedal/peddle perpetrate/perpetuate perquisite/prerequisite personal/personnel
    perspective/prospective pole/poll populace/populous practicable/practical precede/proceed
    predominant/predominate premise/premises prescribe/proscribe preview/purview principal/principle
    prophecy/prophesy prostate/prostrate public/pubic quiet/quite raise/raze rational/rationale regime/regimen
    respectfully/respectively risky/frisky sceptic/septic sensor/censor sever/severe shear/sheer statue/statute
    stationary/stationery statistic/statistics suit/suite tortuous/torturous track/tract trail/trial
    treaties/treatise trooper/trouper unexceptional/unexceptionable urban/urbane venal/venial
    veracious/voracious waive/wave weather/whether legal/illegal moral/immoral regulated/unregulated
    licensed/unlicensed aware/unaware effective/ineffective proven/unproven safe/unsafe likely/unlikely
    trained/untrained open/closed plaintiff/plaintiffs banned/bans ruled/rules model/models
    copyright/copyrights infringing/infringed generative/degenerative training/straining profit/prophet
    billion/million billions/millions percent/percents Meta/Mesa Meta/Beta OpenAI/OpenAl Google/Goggle
    Bartz/Bart Kadrey/Kadry Llama/Lama Claude/Clause Anthropic/Anthropoid Alsup/Alsop Mistral/Minstrel GPT/GPU
    weights/eights bias/basis court/count courts/counts judge/fudge books/boots works/words users/uses use/used
    fair/far may/many could/cold would/wold should/shoulder law/low new/now not/note more/mode less/lest
    risk/rise harm/farm ban/bar lift/list state/stats bear/bare right/night left/lift high/nigh lower/lover
    rate/date cost/cast benefit/benefits present/prevent recent/decent former/farmer latter/later
    public/publish defence/offence united/untied sacred/scared angel/angle diary/dairy form/from trial/trail
    martial/marital calm/clam split/spilt tired/tried quite/quiet silent/listen board/broad carve/crave
    reserve/reverse conservation/conversation infection/inflection addition/addiction abjure/adjure
    ethanol/methanol sulfate/sulfite sulfide/sulfate butane/butene benzene/benzine adaption/adoption
    adapted/adopted adapt/adopt expected/excepted evolution/revolution vitamin/vitamins antigen/antigens
    genome/genomes viral/vital mortal/moral bacteria/bacterial hypertension/hypotension
    hyperglycemia/hypoglycemia intranet/internet intravenous/intervenous prenatal/perinatal microgram/milligram
    micrograms/milligrams mg/kg km/cm
"""
# A slip and what was meant.
SLIPS = """
    acheive/achieve accomodate/accommodate accross/across aggresive/aggressive apparantly/apparently
    appearence/appearance arguement/argument assasination/assassination basicly/basically begining/beginning
    beleive/believe bizzare/bizarre buisness/business catagory/category cemetary/cemetery changable/changeable
    cheif/chief collegue/colleague comming/coming commitee/committee completly/completely concious/conscious
    curiousity/curiosity definately/definitely dilemna/dilemma dissapear/disappear dissapoint/disappoint
    ecstacy/ecstasy embarass/embarrass enviroment/environment existance/existence familar/familiar
    finaly/finally foriegn/foreign forseeable/foreseeable fourty/forty freind/friend futher/further gaurd/guard
    goverment/government greatful/grateful happend/happened harrass/harass honourary/honorary
    humourous/humorous idiosyncracy/idiosyncrasy immediatly/immediately incidently/incidentally
    independant/independent interupt/interrupt irresistable/irresistible knowlege/knowledge liase/liaise
    liason/liaison millenium/millennium neccessary/necessary noticable/noticeable ocassion/occasion
    occured/occurred occurence/occurrence pavillion/pavilion persistant/persistent pharoah/pharaoh peice/piece
    politican/politician posession/possession prefered/preferred propoganda/propaganda publically/publicly
    realy/really recieve/receive refered/referred religous/religious rember/remember resistence/resistance
    sence/sense seperate/separate seige/siege succesful/successful supercede/supersede suprise/surprise
    tatoo/tattoo tendancy/tendency threshhold/threshold tommorow/tomorrow tounge/tongue truely/truly
    unforseen/unforeseen unfortunatly/unfortunately untill/until wierd/weird wich/which whcih/which teh/the
    adn/and taht/that copywright/copyright infringment/infringement plaintifs/plaintiffs
    transformitive/transformative trasnformative/transformative langauge/language modle/model trianing/training
    wieghts/weights reserach/research evidnce/evidence artifical/artificial inteligence/intelligence
    algorithim/algorithm judgment/judgement Antrhopic/Anthropic Goolge/Google Micorsoft/Microsoft
    chatbto/chatbot pretrianing/pretraining hyperparamater/hyperparameter jailbraek/jailbreak
    mispelled/misspelled tranparency/transparency acountability/accountability
"""


def in_a_sentence(pair):
    return [f"They said that {word} matters here for everybody in it." for word in pair.split("/")]


@pytest.mark.parametrize("pair", CONFUSED.split())
def test_another_word_is_substantive_however_alike(pair):
    old, new = in_a_sentence(pair)

    assert kinds(old, new) == kinds(new, old) == {"substantive"}


@pytest.mark.parametrize("pair", SLIPS.split())
def test_a_slip_is_a_typo(pair):
    old, new = in_a_sentence(pair)

    assert kinds(old, new) == kinds(new, old) == {"typo"}


def test_the_dictionary_is_loaded_once_however_many_threads_ask_first():
    spelling._words.cache_clear()
    barrier = threading.Barrier(8)

    def ask(word):
        barrier.wait()
        return spelling.is_word(word)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, ["weights"] * 8)) == [True] * 8
    assert spelling._words.cache_info().misses == 1


@pytest.mark.parametrize(
    "text",
    [
        "`" * 9_999,
        "` `` " * 2_000,
        " ".join("`" * n for n in range(1, 140)),
        "“a” *b* " * 1_200,
        " \t" * 5_000,
        ", " * 5_000,
    ],
)
def test_odd_texts_take_time_in_proportion(text):
    start = time.process_time()

    edit(f"{text} a.", f"{text} a")
    edit(f"{text} teh", f"{text} the")

    assert time.process_time() - start < 1
