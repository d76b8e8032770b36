"""The questionnaire as data: what one instrument file says, checked and frozen."""

import warnings
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

FORMAT = 1

Text = dict[str, str]  # language tag -> text
Cited = str | Text  # a source, in one wording for all languages or one for each
Texts = dict[str, tuple[str, ...]]  # language tag -> texts, same number in each language
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=40)]
# Eight letters or digits are what every exchange format (SPSS, Mplus, XLSForm) takes unchanged.
ItemId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9]{0,7}$")]
LanguageTag = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Level = Literal["unit", "member", "respondent"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scale(_Strict):
    """A response scale of consecutive integers."""

    min: int
    max: int
    labels: Texts = {}


class WithinMemberSd(_Strict):
    """Spread of answers inside one member, in POMP points, used where the data cannot tell."""

    person: float = Field(ge=0)
    item: float = Field(ge=0)
    source: str

    def variance(self, n_items: float) -> float:
        """Default variance of a respondent's score on `n_items` items around its member's, in squared points."""
        return self.person**2 + self.item**2 / n_items


class Role(_Strict):
    id: Key
    name: Text
    merge_into: Key | None = None  # the wider group its answers join where a role alone is too small to show


class RoleFamily(_Strict):
    """Roles whose answers are held against those of other families: do the items mean the same to all of them?"""

    id: Key
    name: Text
    roles: Annotated[tuple[Key, ...], Field(min_length=1)]


class Construct(_Strict):
    id: Key
    name: Text
    scale: Key
    kind: Literal["reflective", "formative", "outcome"]
    self_view: tuple[Key, ...] = ()  # roles that are the object of the construct: their answers are kept apart
    favourable: Literal["high", "low"] = "high"
    about: Text = {}


class Evidence(_Strict):
    seed: str
    section: str = ""


with warnings.catch_warnings():
    # The field's own word is worth shadowing BaseModel.construct, which pydantic itself has retired.
    warnings.filterwarnings("ignore", 'Field name "construct"', UserWarning)

    class Facet(_Strict):
        id: Key
        construct: Key  # type: ignore[assignment]
        name: Text
        evidence: tuple[Evidence, ...] = ()
        discuss: Texts = {}


class Item(_Strict):
    id: ItemId
    facet: Key
    reverse: bool = False
    text: Text
    roles: tuple[Key, ...] | None = None  # None: asked of everybody


class Instructed(_Strict):
    """A statement that asks for a certain answer, to see who reads. Everybody gets it; it enters no score."""

    id: ItemId
    scale: Key
    answer: int
    after: ItemId | None = None  # the item it stands behind; None: behind the last
    text: Text


class Form(_Strict):
    items: Literal["all"] | tuple[ItemId, ...]


class Stage(_Strict):
    """A step of the maturity ladder; its scale is the facet of the same id."""

    id: Key
    threshold: float = Field(default=60, ge=0, le=100)
    needs_roles: tuple[Key, ...] = ()


class Option(_Strict):
    id: Key
    name: Text


class Mark(_Strict):
    """A published reference value beside a fact; never a pass mark."""

    value: float
    source: Cited


class Reference(_Strict):
    """What a publication reports about a fact, where one value does not say it."""

    says: Text
    source: Cited


class Fact(_Strict):
    id: Key
    name: Text
    type: Literal["choice", "multiple", "number", "percent", "text", "date", "yes_no"]
    options: tuple[Option, ...] = ()
    mark: Mark | None = None
    references: tuple[Reference, ...] = ()


class Pattern(_Strict):
    """A reading of several figures together: a concern, a strength, or a check of facts against answers.

    `when` is a condition in the small language of `instrument.conditions`.
    """

    id: Key
    kind: Literal["concern", "strength", "check"] = "concern"
    name: Text = {}
    when: str
    text: Text
    evidence: tuple[Evidence, ...] = ()
    discuss: Texts = {}


class Models(_Strict):
    measurement: str = ""
    theory: str = ""
    rivals: dict[Key, str] = {}


class Cover(_Strict):
    """What a respondent reads before and after the statements."""

    intro: Text
    consent: Text
    thanks: Text


class Term(_Strict):
    """A word of the reports in plain language."""

    id: Key
    term: Text
    meaning: Text


class Concept(_Strict):
    """What a source document says, and where the instrument holds it: ids of facets, facts or patterns."""

    id: Key
    kind: Key
    name: Text
    section: str = ""
    held_by: Annotated[tuple[Key, ...], Field(min_length=1)]


class Source(_Strict):
    """A document the instrument draws on."""

    id: str
    citation: Cited
    note: Text = {}  # what it can carry and what not, and how its wording was settled
    concepts: tuple[Concept, ...] = ()


class Pilot(_Strict):
    """What only a pilot can settle, and how to run it."""

    questions: Texts
    protocol: Texts


class Instrument(_Strict):
    """One version of one questionnaire. Made by `load_instrument`, which checks what a schema cannot."""

    format: Literal[1]
    id: Key
    version: int = Field(ge=1)
    name: Text
    languages: Annotated[tuple[LanguageTag, ...], Field(min_length=1)]
    levels: tuple[Level, ...] = ("unit", "member", "respondent")
    unit_name: Text = {}  # what a unit is called; {} leaves the word to the reports
    member_name: Text = {}
    stem: Text = {}  # printed before the statements
    cover: Cover | None = None
    source: Cited = ""  # where the instrument comes from and under which licence
    columns: dict[str, str] = {}
    scales: Annotated[dict[Key, Scale], Field(min_length=1)]
    missing: dict[int, Text] = {}
    within_member_sd: WithinMemberSd | None = None
    roles: tuple[Role, ...] = ()
    role_families: tuple[RoleFamily, ...] = ()
    constructs: Annotated[tuple[Construct, ...], Field(min_length=1)]
    facets: Annotated[tuple[Facet, ...], Field(min_length=1)]
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    instructed: tuple[Instructed, ...] = ()
    forms: dict[Key, Form] = {"full": Form(items="all")}
    stages: tuple[Stage, ...] = ()
    facts: tuple[Fact, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    models: Models = Models()
    peers: tuple[Key, ...] = ()
    glossary: tuple[Term, ...] = ()
    sources: tuple[Source, ...] = ()
    pilot: Pilot | None = None

    @property
    def language(self) -> str:
        """The language a report is written in where none is asked for."""
        return self.languages[0]

    @property
    def has_members(self) -> bool:
        return "member" in self.levels

    @cached_property
    def item_ids(self) -> tuple[str, ...]:
        return tuple(item.id for item in self.items)

    @cached_property
    def role_ids(self) -> tuple[str, ...]:
        return tuple(role.id for role in self.roles)

    @cached_property
    def stage_ids(self) -> tuple[str, ...]:
        return tuple(stage.id for stage in self.stages)

    @cached_property
    def facet_of(self) -> Mapping[str, Facet]:
        return {facet.id: facet for facet in self.facets}

    @cached_property
    def construct_of(self) -> Mapping[str, Construct]:
        return {construct.id: construct for construct in self.constructs}

    def construct_of_item(self, item: Item) -> Construct:
        return self.construct_of[self.facet_of[item.facet].construct]

    def scale_of_item(self, item: Item) -> Scale:
        return self.scales[self.construct_of_item(item).scale]

    def items_of_facet(self, facet_id: str) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.facet == facet_id)

    def facets_of_construct(self, construct_id: str) -> tuple[Facet, ...]:
        return tuple(facet for facet in self.facets if facet.construct == construct_id)

    def is_on_form(self, item: Item, form: str) -> bool:
        listed = self.forms[form].items
        return listed == "all" or item.id in listed

    def is_asked(self, item: Item, role: str, form: str) -> bool:
        """Whether the form hands the item to somebody of this role ("" where the role is unknown)."""
        return self.is_on_form(item, form) and (item.roles is None or role == "" or role in item.roles)

    def name_of(self, scale_id: str, language: str) -> str:
        """Printed name of a construct, facet or stage."""
        named = self.construct_of.get(scale_id) or self.facet_of[scale_id]
        return named.name[language]


def json_schema() -> dict[str, Any]:
    """JSON Schema of an instrument file, for editors that check while one types."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Instrument.model_json_schema()}
