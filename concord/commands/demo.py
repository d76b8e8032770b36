"""`concord demo`: everything once, on simulated answers, real ones of another field, and cases of the literature."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from concord.options import PATH, progress
from concord.wording import counted

if TYPE_CHECKING:
    from concord.pipeline import ReportRun
    from instrument import Instrument

UNITS, WAVES, SEED, DRAWS = 12, 2, 1, 2000
LANGUAGES = ("zh", "en")  # of the cases; the page to open first comes last


@click.command()
@click.option("--out", type=PATH, default="demo_out", show_default=True, metavar="DIR", help="Folder to write into.")
def demo(out: Path) -> None:
    """Simulate a panel, score it and write its reports; then report on samples.

    The samples are a real data set of another field, and five consortia composed from publications, in English and
    Chinese.

    \b
    Example:
      concord demo --out demo_out
    """
    from concord.pipeline import write_scores
    from instrument import load_instrument, read_responses
    from scoring import Minimum
    from scoring.simulation import refuse_foreign_files, simulate

    panel = out / "panel"
    refuse_foreign_files(panel)
    questionnaire = load_instrument()
    click.echo(f"Simulating {UNITS} consortia in {WAVES} waves: {panel}")
    simulate(questionnaire, units=UNITS, waves=WAVES, seed=SEED).write(panel)

    click.echo(f"Scoring them: {out / 'scores'}")
    write_scores(read_responses(panel, questionnaire), out / "scores", minimum=Minimum(), seed=SEED, draws=DRAWS)
    simulated = _report(panel, questionnaire, out / "reports")
    with as_file(files("sample_data")) as samples:
        army = samples / "leadership_2002"
        real = _report(army, load_instrument(army / "instrument.yaml"), out / "leadership_2002")
        cases = [_report(samples / "cases", questionnaire, out / "cases" / lang, lang) for lang in LANGUAGES]
    click.echo(f"{counted(len(simulated.pages), 'report')} on the simulated consortia: {simulated.index}")
    click.echo(f"{counted(len(real.pages), 'report')} on real answers of another field: {real.index}")
    for lang, run in zip(LANGUAGES, cases, strict=True):
        click.echo(f"{counted(len(run.pages), 'report')} on cases of the literature ({lang}): {run.index}")


def _report(data: Path, questionnaire: "Instrument", out: Path, lang: str | None = None) -> "ReportRun":
    from concord.pipeline import write_reports
    from instrument import read_responses
    from scoring import Minimum

    responses = read_responses(data, questionnaire)
    return write_reports(responses, out, lang=lang, minimum=Minimum(), seed=SEED, draws=DRAWS, progress=progress)
