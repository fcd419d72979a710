"""Pairs of titles, recorded and seen, with how they agree: written before the comparison was."""

from controversies.models import TitleMatch

SAME, PART, LIKE, OTHER = TitleMatch.SAME, TitleMatch.PART, TitleMatch.LIKE, TitleMatch.OTHER

R1 = "DeepSeek-R1: Incentivizing Reasoning Capability in LLMs via Reinforcement Learning"
SOCIETAL = "On the Societal Impact of Open Foundation Models"
GRADIENT = "The Gradient of Generative AI Release: Methods and Considerations"
MIRAGE = "Are Emergent Abilities of Large Language Models a Mirage?"
EMERGENT = "Emergent Abilities of Large Language Models"
PATH = "Open Source AI Is the Path Forward"
CLOSED = "Why ‘open’ AI systems are actually closed, and why this matters"
SCALING = "Scaling Laws for Neural Language Models"
PART_3 = "Copyright and Artificial Intelligence, Part 3: Generative AI Training (pre-publication version)"

PAIRS: tuple[tuple[str, str, TitleMatch], ...] = (
    # the same words
    (SOCIETAL, SOCIETAL, SAME),
    (SOCIETAL, SOCIETAL.upper(), SAME),
    (SOCIETAL, f"  {SOCIETAL}. ", SAME),
    (PATH, "Open source AI is the path forward", SAME),
    (CLOSED, "Why 'open' AI systems are actually closed, and why this matters", SAME),
    (CLOSED, "Why “open” AI systems are actually closed — and why this matters", SAME),
    (
        "Open-Sourcing Highly Capable Foundation Models",
        "Open Sourcing Highly Capable Foundation Models",
        SAME,
    ),
    ("Open-Sourcing Highly Capable Foundation Models", "OpenSourcing Highly Capable Foundation Models", SAME),
    ("GPT-4 Technical Report", "GPT 4 Technical Report", SAME),
    ("GPT-4 Technical Report", "GPT4 Technical Report", SAME),
    ("The Bitter Lesson", "Bitter Lesson", SAME),
    ("Privacy & Power", "Privacy and Power", SAME),
    ("Naïve Bayes and the Erdős Number", "Naive Bayes and the Erdos Number", SAME),
    ("Don’t Stop Pretraining", "Don't stop pretraining", SAME),
    ("The Colour of Behaviour", "The Color of Behavior", SAME),
    ("Sharp O(n log n) Bounds for k-Means", r"Sharp $\mathcal{O}(n \log n)$ Bounds for $k$-Means", SAME),
    ("Évaluation of BERT", r"\'{E}valuation of {BERT}", SAME),
    ("CO2 and the Oceans", "CO<sub>2</sub> and the Oceans", SAME),
    ("Research &amp; Development", "Research & Development", SAME),
    ("Efficient Training", "Eﬃcient Training", SAME),
    ("Part Two: The Reckoning", "Part 2: The Reckoning", SAME),
    ("Волна технологий", "ВОЛНА ТЕХНОЛОГИЙ", SAME),
    ("开放权重模型的风险", "开放权重模型的风险 ", SAME),
    # a site's name, a mark before the title
    (SOCIETAL, f"[2403.07918] {SOCIETAL}", SAME),
    (SOCIETAL, f"(PDF) {SOCIETAL}", SAME),
    (PATH, f"{PATH} | Meta Newsroom", SAME),
    (PATH, f"{PATH} · About Facebook", SAME),
    (CLOSED, f"{CLOSED} | Nature", SAME),
    (SCALING, f"arXiv | {SCALING}", SAME),
    (SCALING, f"RETRACTED: {SCALING}", SAME),
    (SCALING, f"RETRACTED ARTICLE: {SCALING} | Nature", SAME),
    # one is part of the other
    (GRADIENT, "The Gradient of Generative AI Release", PART),
    ("The Gradient of Generative AI Release", GRADIENT, PART),
    ("Superintelligence", "Superintelligence: Paths, Dangers, Strategies", PART),
    (R1, "Incentivizing Reasoning Capability in LLMs via Reinforcement Learning", PART),
    (PATH, f"{PATH} - Meta", PART),
    (PATH, f"Meta – {PATH}", PART),
    (SCALING, "Scaling Laws for Neural…", PART),
    (CLOSED, "Why ‘open’ AI systems are actually closed, and why…", PART),
    (
        "Dual-Use Foundation Models with Widely Available Model Weights",
        "Dual-Use Foundation Models with Widely Available Model Weights (NTIA Report)",
        PART,
    ),
    # alike: ask
    (EMERGENT, MIRAGE, LIKE),
    (MIRAGE, EMERGENT, LIKE),
    ("Emergent Abilities", MIRAGE, LIKE),
    ("Emergent abilities are a mirage", MIRAGE, LIKE),
    (SCALING, "Scalling Laws for Neural Language Models", LIKE),
    ("Open minds and closed weights", "Closed minds and open weights", LIKE),
    ("The Artificial Intelligence Index Report", "The Artificial Intelligence Index Report 2024", LIKE),
    ("Copyright and Artificial Intelligence", PART_3, LIKE),
    (
        "Llama: Open and Efficient Foundation Language Models",
        "Llama 2: Open Foundation Language Models",
        LIKE,
    ),
    ("Risks of open weights", "Риски открытых весов", LIKE),
    ("Risks of open weights", "开放权重模型的风险", LIKE),
    ("Bartz v. Anthropic PBC, order on fair use", "Bartz v. Anthropic PBC, complaint", LIKE),
    ("Open models do harm security", "Open models do not harm security", LIKE),
    # another work
    (SCALING, "Training Compute-Optimal Large Language Models", OTHER),
    (SCALING, "Scaling Laws for Autoregressive Generative Modeling", OTHER),
    (SCALING, "Attention Is All You Need", OTHER),
    ("Training Compute-Optimal Large Language Models", "Training Large Language Models Efficiently", OTHER),
    ("GPT-4 Technical Report", "GPT-3 Technical Report", OTHER),
    ("Llama 2: Open Foundation Models", "Llama 3: Open Foundation Models", OTHER),
    (PART_3, PART_3.replace("Part 3", "Part 1"), OTHER),
    ("The AI Index Report 2023", "The AI Index Report 2024", OTHER),
    ("Dune: Part One", "Dune: Part Two", OTHER),
    (SCALING, f"Correction: {SCALING}", OTHER),
    (SCALING, f"Author Correction: {SCALING}", OTHER),
    (SCALING, f"Retraction: {SCALING}", OTHER),
    (SCALING, f"Retraction Note to: {SCALING}", OTHER),
    (SCALING, f"Expression of Concern: {SCALING}", OTHER),
    (SCALING, f"Erratum to “{SCALING}”", OTHER),
    (SCALING, f"Comment on “{SCALING}”", OTHER),
    (SCALING, f"Comments on: {SCALING}", OTHER),
    (SCALING, f"Reply to “{SCALING}”", OTHER),
    (SCALING, f"Response to {SCALING}", OTHER),
    (SCALING, f"Review of {SCALING}", OTHER),
    (SCALING, f"Book review: {SCALING}", OTHER),
    (SCALING, f"{SCALING}: A Reply", OTHER),
    (SCALING, f"{SCALING} (Corrigendum)", OTHER),
    (f"Correction: {SCALING}", SCALING, OTHER),
    (PATH, "Page not found", OTHER),
    (PATH, "Just a moment...", OTHER),
    (PATH, "Meta Newsroom", OTHER),
    (PATH, "Home", OTHER),
    ("Nature", "Nature Communications", OTHER),
    (PATH, "", OTHER),
)
