"""What the five documents say stands in the questionnaire: the lists below were read from them, not from the file."""

import re

import pytest

from instrument.loading import load_instrument

# Tables 3 to 5 of 002: each theme with its two concepts, in the variant of the wording that the questionnaire keeps.
THEMES = {
    "重设商业模式": ("增开技术研发服务", "设立公共研发平台"),
    "授予技术合法性": ("实现技术拎包入驻", "资深专家技术支持"),
    "沉淀共性技术": ("前沿技术共同研发", "通用技术经验积累"),
    "促进知识互补增效": ("信息汇总与分发", "技术互补增进合作"),
    "构筑正向技术循环": ("吸引前沿技术团队", "反向驱动技术探索"),
    "建立工程创新平台": ("平台1.0到4.0迭代", "降低工程化门槛"),
    "打造柔性中试产线": ("标准的量产工厂", "打造“1+N”模式"),
    "优化集成制造服务": ("定制化批量代工", "系统性持续验证"),
    "需求导向技术代工": ("工程化需求驱动", "技术导向代工模式"),
    "夯实关系资本": ("回避竞争关系", "降低信任沟通成本"),
    "纵向整合技术资源": ("填补产业技术卡点", "单点技术捆绑组合"),
    "横向拓展技术资源": ("技术服务产业创新", "技术助力应用延伸"),
    "创新链过渡产业链": ("技术打包落地产业", "平台技术背书"),
    "培育技术微生态": ("两链融合交汇", "营造产业创新环境"),
}

# Document and kind -> how many it counts, and their names: those of 002 in Chinese, the others in English.
NAMED = {
    ("000", "link"): (
        4,
        "Clear and unified target; Close interaction led by the core enterprise; "
        "Innovation elements gather at the core; Key core technology",
    ),
    ("000", "driver"): (2, "National mission; Market demand"),
    ("001", "characteristic"): (
        4,
        "Dual orientation; Strong leadership; Task orientation; Driven by market and government",
    ),
    ("001", "reported_feature"): (
        5,
        "Enterprise leadership; Market orientation; Equity alignment; Data ecosystem; Dynamic adaptability",
    ),
    ("001", "element"): (
        4,
        "Leading enterprises; Research universities; Research institutes; Enterprises along the chain",
    ),
    ("001", "mode"): (4, "Government-led; University-led; Institute-led; Enterprise-led"),
    ("001", "advantage"): (
        5,
        "Strengths concentrated nationwide; Strategic scientific strength; Integrated resources; "
        "Collaborative organisation; Allocation by the market",
    ),
    ("001", "mechanism"): (3, "Shared profits; Shared risks; Communication and coordination"),
    ("002", "dimension"): (4, "身份赋能; 工程化赋能; 价值赋能; 主导角色"),
    ("002", "theme"): (14, "; ".join(THEMES)),
    ("002", "concept"): (28, "; ".join(concept for pair in THEMES.values() for concept in pair)),
    ("002", "role"): (3, "引领; 支撑; 衔接"),
    ("002", "stage"): (4, "价值共识; 价值共享; 价值共生; 价值共赢"),
    ("002", "phase"): (3, "开发阶段; 转化阶段; 应用阶段"),
    ("003", "mechanism"): (
        5,
        "Coordination mechanism; Incentive mechanism; Learning mechanism; Interest distribution mechanism; "
        "Risk control mechanism",
    ),
    ("003", "deficit"): (
        15,
        "Committee tied to members' interests; Weak basis of trust; Coordination imperfect; Little will to cooperate; "
        "Loosely connected; Passive learning; Opportunism; Channels blocked; Benefit rules imperfect; "
        "Too little incentive; Weak capacity for risk; Lack of strategic awareness; Lack of long-term planning; "
        "Deadlock; Little substantive work",
    ),
    ("004", "integration"): (
        4,
        "Integrating basic research; Integrating multiple subjects; Integrating upstream and downstream; "
        "Integrating global resources",
    ),
    ("004", "form"): (
        6,
        "Research team; Strategic alliance; Research and development centre; Joint laboratory; Overseas centre; "
        "Innovation network platform",
    ),
}

# The sections of the two numbered documents that hold findings.
SECTIONS = {
    "001": "2.2.1 2.2.2 2.2.3 3.1 3.1.1 3.1.2 3.1.3 3.1.4 3.2.1 3.2.2 3.2.3 3.2.4 4.1 4.2 4.3 4.4 4.5",
    "002": "3.1 3.1.1 3.1.2 3.1.3 3.1.4 3.2 3.2.1 3.2.2 3.2.3 3.2.4 3.3 3.3.1 3.3.2 3.3.3 4.2 4.3 5.1",
}


@pytest.fixture(scope="module")
def questionnaire():
    return load_instrument()


@pytest.fixture(scope="module")
def concepts(questionnaire):
    """(document, concept) of everything a document says."""
    return [(source.id, concept) for source in questionnaire.sources for concept in source.concepts]


@pytest.fixture(scope="module")
def holders(concepts):
    """What holds a concept -> the documents it holds something of."""
    found = {}
    for source, concept in concepts:
        for name in concept.held_by:
            found.setdefault(name, set()).add(source)
    return found


def test_the_five_documents_are_cited(questionnaire):
    """Each seed has a citation and says in both languages what it cannot carry."""
    assert [source.id for source in questionnaire.sources] == ["000", "001", "002", "003", "004"]
    for source in questionnaire.sources:
        assert source.citation
        assert set(source.note) == set(questionnaire.languages)


@pytest.mark.parametrize(("source", "kind"), NAMED)
def test_nothing_a_document_names_is_missing(concepts, source, kind):
    """The concepts of each kind are those of the document, as many as it counts, none twice."""
    count, expected = NAMED[source, kind]
    language = "zh-Hans" if source == "002" else "en"
    names = [concept.name[language] for document, concept in concepts if (document, concept.kind) == (source, kind)]
    assert sorted(expected.split("; ")) == sorted(names)
    assert count == len(names)


def test_each_theme_stands_before_its_concepts(concepts):
    """A reader of the table sees which concepts belong to a theme: they follow it, in the same section."""
    found = {}
    for source, concept in concepts:
        if source == "002" and concept.kind == "theme":
            theme = concept
            found[theme.name["zh-Hans"]] = ()
        elif source == "002" and concept.kind == "concept":
            found[theme.name["zh-Hans"]] += (concept.name["zh-Hans"],)
            assert theme.section == concept.section, concept.id
    assert THEMES == found


def test_every_concept_is_held_by_something_that_is_there(questionnaire, concepts):
    """A concept leads to facets, facts or patterns of the questionnaire, each named once."""
    parts = {part.id for part in (*questionnaire.facets, *questionnaire.facts, *questionnaire.patterns)}
    for source, concept in concepts:
        assert set(concept.held_by) <= parts, (source, concept.id)
        assert len(concept.held_by) == len(set(concept.held_by)), (source, concept.id)


def test_what_is_asked_of_people_rests_on_a_document(questionnaire, holders):
    """Every facet names its evidence and holds a concept, so that every item leads back to a document."""
    for item in questionnaire.items:
        facet = questionnaire.facet_of[item.facet]
        assert facet.evidence, facet.id
        assert holders.get(facet.id), facet.id


def test_evidence_and_concepts_tell_the_same_story(questionnaire, holders):
    """A document that a facet or pattern gives as evidence says something that this facet or pattern holds."""
    for part in (*questionnaire.facets, *questionnaire.patterns):
        assert {evidence.seed for evidence in part.evidence} - holders.get(part.id, set()) == set(), part.id


def test_every_reading_of_several_figures_has_its_evidence(questionnaire):
    """Concerns and strengths come from documents; checks compare answers with facts and need none."""
    without = {pattern.kind for pattern in questionnaire.patterns if not pattern.evidence}
    assert without <= {"check"}


def test_sections_of_evidence_are_sections_the_documents_have(questionnaire, concepts):
    """Concepts and evidence name sections that the document has; only two of the five have any."""
    given = [(source, concept.section) for source, concept in concepts]
    for part in (*questionnaire.facets, *questionnaire.patterns):
        given += [(evidence.seed, evidence.section) for evidence in part.evidence]
    assert [(source, section) for source, section in given if section and section not in SECTIONS[source].split()] == []


def test_glossary_explains_the_words_of_the_questionnaire(questionnaire):
    """Every construct and stage is explained under the name it is printed with."""
    terms = {term.term["en"] for term in questionnaire.glossary}
    constructs = {construct.name["en"] for construct in questionnaire.constructs}
    stages = {questionnaire.facet_of[stage.id].name["en"] for stage in questionnaire.stages}
    assert constructs | stages <= terms


def test_glossary_uses_one_word_for_one_thing_in_chinese(questionnaire):
    """A term that names a construct or a stage has the same Chinese name there."""
    named = {part.name["en"]: part.name["zh-Hans"] for part in (*questionnaire.constructs, *questionnaire.facets)}
    for term in questionnaire.glossary:
        assert term.term["zh-Hans"] == named.get(term.term["en"], term.term["zh-Hans"]), term.id


def test_pilot_speaks_of_items_that_exist(questionnaire):
    """The pilot's questions name the same items in both languages, and the questionnaire has them."""
    english, chinese = (
        [re.findall(r"[a-z]\d[a-d](?![a-z])", text) for text in questionnaire.pilot.questions[language]]
        for language in ("en", "zh-Hans")
    )
    assert english == chinese
    assert {item for items in english for item in items} <= set(questionnaire.item_ids)


def test_pilot_names_every_reversed_item(questionnaire):
    """The question on negative wording lists the items that are scored the other way round."""
    reverse = {item.id for item in questionnaire.items if item.reverse}
    asked = [question for question in questionnaire.pilot.questions["en"] if "reversed statements" in question]
    assert len(asked) == 1
    assert all(item in asked[0] for item in reverse)
    assert len(reverse) == 9  # "nine" in the text
