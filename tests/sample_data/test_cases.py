import numpy as np
import pandas as pd
import pytest
import yaml

from instrument.loading import load_instrument
from instrument.reading import read_responses
from scoring.simulation.composition import Composition, Spread, compose, compose_folder
from tests.simulations import cases

RUNS, DRAWS = 20, 500
# The full study asks for .90 in 200 runs; three Monte Carlo standard errors of 20 runs below that.
SHORT_BOUND = cases.SURVIVAL - 3 * np.sqrt(cases.SURVIVAL * (1 - cases.SURVIVAL) / RUNS)
# The energy alliance is 18 enterprises with its four leads among them, 5 universities and 3 institutes.
ALLIANCE = {"lead": 4, "chain": 14, "university": 5, "institute": 3}


@pytest.fixture
def folder(sample_data):
    return sample_data / "cases"


@pytest.fixture
def expectations(folder):
    return yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def composition(folder):
    return Composition.model_validate(yaml.safe_load((folder / "composition.yaml").read_text(encoding="utf-8")))


def test_composing_the_cases_again_gives_the_same_bytes(folder):
    """The committed files are what the composition and the expected facts give."""
    for name, text in compose_folder(folder, load_instrument()).items():
        assert (folder / name).read_bytes() == text.encode(), name


def test_every_answer_says_that_it_was_made_up(folder):
    """Each row is marked as synthetic and each unit's name says that it was composed."""
    responses = read_responses(folder, load_instrument())
    assert responses.answers["synthetic"].all()
    assert all("composed" in name or "编写" in name for name in responses.units["name"])


def test_units_hold_the_facts_of_the_documents_and_no_others(folder, expectations):
    """A fact without a quoted sentence is blank."""
    units = pd.read_csv(folder / "units.csv", dtype=str).set_index("unit")
    declared = {fact.id for fact in load_instrument().facts}
    for case in expectations["cases"]:
        quoted = {entry["fact"]: str(entry["value"]) for entry in case["facts"] if entry["fact"] in declared}
        row = units.loc[case["id"], list(declared)]
        assert quoted == row[row.notna()].to_dict(), case["id"]


def test_every_expectation_quotes_its_document(expectations):
    """Facts, members, patterns, scores and stages each carry a sentence and its place."""
    for case in expectations["cases"]:
        lists = ("facts", "members", "holds", "may_hold", "contradicted", "scores")
        entries = [entry for name in lists for entry in case.get(name, [])]
        entries += [case["stage"]] if "stage" in case else []
        assert all(entry["quote"] and entry["place"] for entry in entries), case["id"]


def test_the_table_of_support_agrees_with_the_cases(expectations):
    """`supported_by` lists exactly the cases that hold or may hold a pattern, and patterns of the instrument only."""
    found = {}
    for case in expectations["cases"]:
        for entry in [*case["holds"], *case.get("may_hold", [])]:
            found.setdefault(entry["pattern"], []).append(case["id"])
    assert expectations["supported_by"] == found
    contradicted = {entry["pattern"] for case in expectations["cases"] for entry in case["contradicted"]}
    assert set(found) | contradicted <= {pattern.id for pattern in load_instrument().patterns}


def test_the_alliance_has_the_members_its_document_counts(folder):
    """18 enterprises, the four leads among them, 5 universities and 3 institutes."""
    members = pd.read_csv(folder / "members.csv", dtype=str)
    roles = members.loc[members["unit"] == "energy_alliance", "roles"].value_counts()
    assert roles.to_dict() == ALLIANCE


def test_every_case_shows_what_its_document_says():
    """Expected patterns hold, unsupported ones do not, scores and stages lie where the document puts them."""
    found = cases.findings(cases.expected(), cases.responses())
    assert [] == found[~found].index.tolist()


def test_a_new_case_leaves_the_answers_of_the_others_as_they_were(composition):
    """Each case is drawn from a stream of its own."""
    instrument = load_instrument()
    facts = {case.id: {} for case in composition.cases}
    last = composition.cases[-1].id
    alone = compose(instrument, composition.model_copy(update={"cases": composition.cases[-1:]}), facts)["responses"]
    beside = compose(instrument, composition, facts)["responses"]
    pd.testing.assert_frame_equal(alone, beside[beside["unit"] == last].reset_index(drop=True))


def test_answers_lie_at_the_level_of_their_facet(composition):
    """Without spread every answer is its facet's level, the lead's shifted and reversed items turned over."""
    still = Spread(member=0, facet=0, person=0, item=0)
    case = composition.cases[0].model_copy(update={"levels": {"G3": 4.0, "otherwise": 3.0}, "shifts": {"lead": 1.0}})
    quiet = composition.model_copy(update={"spread": still, "cannot_judge": 0.0, "cases": (case,)})
    answers = compose(load_instrument(), quiet, {case.id: {}})["responses"].groupby("role")[["g3a", "g3b", "v1a"]]
    assert {"g3a": 5, "g3b": 1, "v1a": 4} == answers.max().loc["lead"].to_dict() == answers.min().loc["lead"].to_dict()
    assert {"g3a": 4, "g3b": 2, "v1a": 3} == answers.max().loc["user"].to_dict() == answers.min().loc["user"].to_dict()


def test_the_findings_come_from_the_levels(folder, composition, tmp_path):
    """With every facet in the middle none of the expected patterns holds, whatever the facts say."""
    middle = [case.model_copy(update={"levels": {"otherwise": 3.4}}) for case in composition.cases]
    (tmp_path / "composition.yaml").write_text(
        composition.model_copy(update={"cases": tuple(middle)}).model_dump_json(), encoding="utf-8"
    )
    (tmp_path / "expected.yaml").write_bytes((folder / "expected.yaml").read_bytes())
    for name, text in compose_folder(tmp_path, load_instrument()).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = cases.findings(cases.expected(), read_responses(tmp_path, load_instrument()), DRAWS)
    patterns = found[found.index.get_level_values("finding").str.endswith(" holds")]
    assert [] == patterns[patterns].index.tolist()


@pytest.mark.simulation
def test_findings_survive_shaken_answers():
    """Every finding outlives one step up or down on a fifth of the answers (20 runs; 200 in `make simulate`)."""
    found = cases.study(runs=RUNS, seed=1, draws=DRAWS)
    assert [] == found.loc[found["survives"] < SHORT_BOUND, "finding"].tolist()
