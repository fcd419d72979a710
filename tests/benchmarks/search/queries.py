"""What people type, by kind, and the addresses that answer it: any of them will do. None: nothing should be found."""

from dataclasses import dataclass
from zlib import crc32

_FIXTURES = {
    "weights": "/controversies/open-weights-risk-benefit/",
    "copyright": "/controversies/training-on-copyrighted-works/",
    "scaling": "/controversies/scaling/",
}


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query of one kind. `is_apart`: nobody looks at it while the search is being changed.

    Those of the kind "earlier" are looked for in earlier revisions: `nuclear-power@1` is revision 1 of that page.
    """

    kind: str
    text: str
    expected: tuple[str, ...]

    @property
    def is_apart(self) -> bool:
        return crc32(self.text.encode()) % 2 == 1


# A line each: the query, and after a bar what answers it: pages by slug or name, other addresses whole.
_LINES = {
    "words": """
        reactors coal | nuclear-power
        battery storage | nuclear-power
        unconditional income Kenya | basic-income
        CRISPR labelling | gene-edited-crops
        siloed collaboration | remote-work
        smartphones lessons | school-phones
        adjoining counties earnings | minimum-wage
        stratospheric aerosols | carbon-removal
        watchlists fugitives | facial-recognition
        condominiums landlords | rent-control
        raccoon dogs | lab-leak
        turnout Austria | voting-age
        chocolate purchases levy | sugar-tax
        child abuse encrypted | encryption-backdoors
        burnout pilot | four-day-week
        bioreactors herders | artificial-meat
        ivy plus wealth scores | standardized-tests
        fair use books | copyright
        power law loss | scaling
        stability AI financial difficulties | weights
        moral hazard | carbon-removal
        pirated copies | copyright
        levy on generative AI | copyright
        reinforcement reasoning mathematics | scaling
        basic income | basic-income
        facial recognition | facial-recognition
    """,
    "stems": """
        reactor | nuclear-power
        resigning employees | remote-work
        labelled crop | gene-edited-crops
        banning phone | school-phones
        tenancy caps tenant | rent-control
        misidentified faces | facial-recognition
        encrypting message | encryption-backdoors
        reformulated drink | sugar-tax
        examination admitted students | standardized-tests
        cultivating meats | artificial-meat
        vote sixteen | voting-age
        regulation of gene editing | gene-edited-crops
        scaled model | scaling
        copyrights trainings | copyright
        releasing weight | weights
        reflect sun light aerosol | carbon-removal
        spilling over animal market | lab-leak
        shortened weeks output | four-day-week
        raising minimum wage job | minimum-wage
    """,
    "typos": """
        nuclaer reactors | nuclear-power
        renewabels | nuclear-power
        unconditonal income | basic-income
        genetically modifed | gene-edited-crops
        productivty home office | remote-work
        smartphnes | school-phones
        minmum wage | minimum-wage
        geoengineerng | carbon-removal
        facial recogniton | facial-recognition
        condominums | rent-control
        corona virus pandemc | lab-leak
        labratory Wuhan | lab-leak
        electons sixteen | voting-age
        obestiy soft drinks | sugar-tax
        encrytion | encryption-backdoors,/topics/privacy/
        bioreactrs | artificial-meat
        standardised examinatons | standardized-tests
        copyrigth | copyright
        copywrite training | copyright
        Zukerberg | weights,/sources/zuckerberg-2024-open-source-ai/
        prolifertion | weights
        scalling laws | scaling
        Antropic | copyright,/backers/anthropic/
        Greenpeece | gene-edited-crops,/backers/greenpeace-european-unit/
        moratorum | carbon-removal
        tenents rent | rent-control
    """,
    "spelling": """
        decarbonised | nuclear-power
        authorizes breeding | gene-edited-crops
        labeling edited plants | gene-edited-crops
        randomized trial resignations | remote-work
        standardized examinations | standardized-tests
        neighborhood tenants | rent-control
        democratise | weights
        democratisation risk | weights
        incentivized manufacturers sugar | sugar-tax
        organisational intervention four-day | four-day-week
        licence permission training | copyright
        license permission training | copyright
        epicentre pandemic | lab-leak
        skin color errors | facial-recognition
        programmes anti-poverty | basic-income
        labour economics phones | school-phones
        labor economics phones | school-phones
        behaviour world machines | scaling
        defense fair use | copyright
        judgment maturity | voting-age
        judgement maturity | voting-age
    """,
    "quotations": """
        "operational flexibility of reactors" | nuclear-power
        operational flexibility of reactors lowers the cost of electricity and reduces curtailment | nuclear-power
        "would be highly regressive" | basic-income
        "the precautionary principle does not justify" | gene-edited-crops
        a hybrid schedule with two days a week working from home does not damage performance | remote-work
        "low-cost policy to reduce educational inequalities" | school-phones
        "no adverse effect on the growth of employment" | minimum-wage
        "not a substitute for reducing greenhouse gas emissions" | carbon-removal
        darker-skinned females are the most misclassified group | facial-recognition
        "reduce rental housing supplies by 15 percent" | rent-control
        "occurred through the live wildlife trade in China" | lab-leak
        "similar to that of older voters" | voting-age
        the levy incentivised many manufacturers to reduce sugar in soft drinks | sugar-tax
        "concentrated targets that could attract bad actors" | encryption-backdoors
        "income-preserving four-day workweeks" | four-day-week
        "smaller quantities of agricultural inputs and land than livestock" | artificial-meat
        "high school grades do little" | standardized-tests
        "only non-generative AI is before me today" | copyright
        "exceedingly transformative" | copyright
        these plaintiffs made the wrong arguments | copyright
        "more than seven orders of magnitude" | scaling
        "general methods that leverage computation" | scaling
        for every doubling of model size the number of training tokens should also be doubled | scaling
        “the researcher’s choice of metric” | scaling
        'replacing existing anti-poverty programs with a universal payment' | basic-income
    """,
    "questions": """
        Is it legal to train AI on books? | copyright
        Do phones make pupils worse at school? | school-phones
        Does raising the minimum wage kill jobs? | minimum-wage
        Are people who work from home lazy? | remote-work
        Who started the pandemic? | lab-leak
        How did the coronavirus begin? | lab-leak
        Should teenagers be allowed to vote? | voting-age
        Why do landlords dislike rent caps? | rent-control
        Can the police scan my face in public? | facial-recognition
        Is meat grown in a lab safe to eat? | artificial-meat
        Will bigger models keep getting better? | scaling
        Are open weights dangerous? | weights
        What is wrong with back doors in encryption? | encryption-backdoors
        Do sugar taxes make people thinner? | sugar-tax
        Is nuclear energy cheaper than renewables? | nuclear-power
        What do people think about a basic income? | basic-income
        Is solar geoengineering a good idea? | carbon-removal
        Does a shorter week hurt firms? | four-day-week
        Are admission tests unfair to poor students? | standardized-tests
        Do gene-edited plants have to be labelled? | gene-edited-crops
        Can I use copyrighted works to train a model? | copyright
        Who says that scale is all we need? | scaling
        Does free money make people stop working? | basic-income
        What happens to tenants when rents are controlled? | rent-control
    """,
    "backers and authors": """
        World Nuclear Association | /backers/world-nuclear-association/
        WNA | /backers/world-nuclear-association/
        Basic Income Earth Network | /backers/basic-income-earth-network/
        Greenpeace | /backers/greenpeace-european-unit/,gene-edited-crops
        Nick Bloom | /backers/nicholas-bloom/
        Nicholas Bloom | /backers/nicholas-bloom/
        UNESCO | /backers/unesco/
        David Neumark | /backers/david-neumark/
        Keutsch Group | /backers/keutsch-group/
        Big Brother Watch | /backers/big-brother-watch/
        Signal Messenger | /backers/signal-foundation/
        Coldiretti | /backers/coldiretti/
        FairTest | /backers/fairtest/
        Meta AI | /backers/meta-ai/
        Anthropic | /backers/anthropic/
        Mark Lemley | /backers/mark-lemley/
        New York Times | /backers/new-york-times/
        yann lecun | /backers/yann-lecun/
        DeepMind | /backers/google-deepmind/
        Zuckerberg | weights,/sources/zuckerberg-2024-open-source-ai/
        Buolamwini Gebru | facial-recognition,/sources/facial-recognition-source/
        Card and Krueger | minimum-wage,/sources/minimum-wage-source/
        Hoynes | basic-income,/sources/basic-income-source/
        hollis | /authors/?name=hollis
        fell-walker | /authors/?name=fell-walker
        Copyright and AI | /topics/copyright-and-ai/
        Food and farming | /topics/food-and-farming/
        Fair Learning | /sources/lemley-2021-fair-learning/
    """,
    "identifiers": """
        10.1016/j.apenergy.2018.03.002 | /sources/nuclear-power-source/,nuclear-power
        https://doi.org/10.1146/annurev-economics-080218-030237 | /sources/basic-income-source/,basic-income
        doi:10.1038/s41477-020-0613-4 | /sources/gene-edited-crops-source/,gene-edited-crops
        10.1038/S41586-024-07500-2 | /sources/remote-work-source/,remote-work
        978-0-691-16912-5 | /sources/minimum-wage-source/,minimum-wage
        ISBN 9780309676052 | /sources/carbon-removal-source/,carbon-removal
        https://www.doi.org/10.1257/aer.20181289 | /sources/rent-control-source/,rent-control
        arXiv:2001.08361 | /sources/kaplan-2020-scaling-laws/,scaling
        2203.15556 | /sources/hoffmann-2022-compute-optimal/,scaling
        https://arxiv.org/pdf/2408.03314v1 | /sources/snell-2024-test-time-compute/,scaling
        http://www.incompleteideas.net/IncIdeas/BitterLesson.html | /sources/sutton-2019-bitter-lesson/,scaling
        10.1007/s40319-023-01399-4 | /sources/senftleben-2023-remuneration/,copyright
        https://www.copyright.gov/ai/ | /sources/copyright-office-2025-training/,copyright
        3:24-cv-05417 | copyright,/sources/bartz-v-anthropic-2025-fair-use/,/sources/bartz-v-anthropic-2025-settlement/
    """,
    "earlier": """
        thorium reactors are the only safe choice | nuclear-power@1
        "thorium reactors"  | nuclear-power@1
        helicopter money | basic-income@1
        "free money for all" | basic-income@1
        Frankenstein plants forbidden | gene-edited-crops@1
        water cooler conversation | remote-work@1
        handsets confiscated at the gate | school-phones@1
        busboys replaced by kiosks | minimum-wage@1
        volcano eruption cooled planet | carbon-removal@1
        "a shield of mirrors" | carbon-removal@1
        football stadium cameras pickpockets | facial-recognition@1
        landlord evictions Stockholm queue | rent-control@1
        pangolin smugglers | lab-leak@1
        voting by schoolchildren in Brazil | voting-age@1
        fizzy drink vending machines | sugar-tax@1
        "clipper chip" | encryption-backdoors@1
        Clipper chip escrowed keys | encryption-backdoors@1
        Fridays off burnout | four-day-week@1
        cell culture serum from calves | artificial-meat@1
        essays written by paid consultants | standardized-tests@1
        paid consultant | standardized-tests@1
        pangolins sold by smuggler | lab-leak@1
        eviction of tenant in Stockholm | rent-control@1
        mirror shield in orbit | carbon-removal@1
    """,
    "nothing": """
        sourdough recipe
        quarterback touchdown
        zxqv blorp
        Wimbledon final tickets
        "open weights are forbidden by treaty"
        10.9999/nothing.here
        978-3-16-148410-0
        wedding photographer
        https://example.com/not/a/source
        qwertyuiop
        "rent control is a hoax"
        knitting patterns for beginners
        Beethoven symphony
        "reactors are cheaper than batteries"
        asdf
        horoscope
    """,
}


def _address(name: str) -> str:
    name = name.strip()
    if "@" in name:
        slug, _at, number = name.partition("@")
        return f"/controversies/{slug}/revisions/{number}/"
    return name if name.startswith("/") else _FIXTURES.get(name, f"/controversies/{name}/")


def _queries() -> tuple[JudgedQuery, ...]:
    queries = []
    for kind, lines in _LINES.items():
        for line in filter(None, map(str.strip, lines.splitlines())):
            text, _bar, expected = line.partition(" | ")
            addresses = tuple(map(_address, expected.split(","))) if expected else ()
            queries.append(JudgedQuery(kind, text, addresses))
    return tuple(queries)


QUERIES = _queries()
