"""Two small instruments and ways to write data sets for them."""

from pathlib import Path

import pytest

from instrument.definition import Instrument
from instrument.loading import parse_instrument

CONSORTIUM = """\
format: 1
id: small_consortium
version: 1
name: {en: Small, zh-Hans: 小}
languages: [en, zh-Hans]
columns: {Konsortium: unit, Q1: g1a}
scales:
  agree5: {min: 1, max: 5, labels: {en: [no, rather no, so so, rather yes, yes], zh-Hans: [一, 二, 三, 四, 五]}}
missing: {97: {en: not yet, zh-Hans: 尚未}, 98: {en: cannot judge, zh-Hans: 无法}, 99: {en: refused, zh-Hans: 拒绝}}
within_member_sd: {person: 9, item: 17.5, source: assumed}
roles:
  - {id: lead, name: {en: Lead, zh-Hans: 牵头}, merge_into: chain_side}
  - {id: firm, name: {en: Firm, zh-Hans: 企业}}
  - {id: university, name: {en: University, zh-Hans: 高校}}
role_families:
  - {id: leaders, name: {en: Leaders, zh-Hans: 牵头}, roles: [lead]}
  - {id: business, name: {en: Business, zh-Hans: 企业}, roles: [firm]}
constructs:
  - {id: G, name: {en: Goals, zh-Hans: 目标}, scale: agree5, kind: reflective}
  - {id: L, name: {en: Leadership, zh-Hans: 领导}, scale: agree5, kind: reflective, self_view: [lead]}
  - {id: V, name: {en: Value, zh-Hans: 价值}, scale: agree5, kind: formative}
facets:
  - {id: G1, construct: G, name: {en: Clear goals, zh-Hans: 清晰}}
  - {id: L1, construct: L, name: {en: Vision, zh-Hans: 愿景}}
  - {id: V1, construct: V, name: {en: Consensus, zh-Hans: 共识}}
items:
  - {id: g1a, facet: G1, text: {en: Goals are clear., zh-Hans: 目标清晰。}}
  - {id: g1b, facet: G1, reverse: true, text: {en: Goals are vague., zh-Hans: 目标模糊。}}
  - {id: l1a, facet: L1, text: {en: The lead leads., zh-Hans: 牵头。}, roles: [lead, firm]}
  - {id: v1a, facet: V1, text: {en: We share values., zh-Hans: 共识。}, roles: [university]}
forms: {full: {items: all}, short: {items: [g1a]}}
stages: [{id: V1, threshold: 60, needs_roles: [lead]}]
facts:
  - {id: phase, name: {en: Phase, zh-Hans: 阶段}, type: choice, options: [{id: start, name: {en: Start, zh-Hans: 始}}]}
  - id: tools
    name: {en: Tools, zh-Hans: 工具}
    type: multiple
    options: [{id: land, name: {en: Land, zh-Hans: 地}}, {id: tax, name: {en: Tax, zh-Hans: 税}}]
  - {id: patents, name: {en: Patents, zh-Hans: 专利}, type: number}
  - {id: weight, name: {en: Weight, zh-Hans: 比重}, type: percent}
  - {id: founded, name: {en: Founded, zh-Hans: 成立}, type: date}
  - {id: fund, name: {en: Fund, zh-Hans: 基金}, type: yes_no}
  - {id: remark, name: {en: Remark, zh-Hans: 备注}, type: text}
patterns: [{id: vague, when: "G < 50", text: {en: Vague., zh-Hans: 模糊。}}]
peers: [phase, size]
"""

COMPANY = """\
format: 1
id: company
version: 1
name: {en: Company}
languages: [en]
levels: [unit, respondent]
scales: {hostile: {min: 0, max: 4}}
within_member_sd: {person: 9, item: 17.5, source: assumed}
constructs: [{id: H, name: {en: Hostility}, scale: hostile, kind: reflective, favourable: low}]
facets: [{id: H1, construct: H, name: {en: Hostility}}]
items:
  - {id: HOST01, facet: H1, text: {en: First.}}
  - {id: HOST02, facet: H1, text: {en: Second.}}
"""


@pytest.fixture
def consortium_text() -> str:
    return CONSORTIUM


@pytest.fixture(scope="session")
def consortium() -> Instrument:
    """Three levels, roles, two languages, a short form, a stage, one fact of each type."""
    return parse_instrument(CONSORTIUM)


@pytest.fixture(scope="session")
def company() -> Instrument:
    """Units and respondents only, a scale from 0, no missing codes."""
    return parse_instrument(COMPANY)


@pytest.fixture
def write(tmp_path: Path):
    """Write a file of the data set and return its path."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
