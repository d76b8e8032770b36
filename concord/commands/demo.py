"""`concord demo`: everything once, on simulated answers and on real ones of another field."""

from importlib.resources import as_file, files
from pathlib import Path

import click

from concord.options import PATH, progress
from concord.wording import counted

UNITS, WAVES, SEED, DRAWS = 12, 2, 1, 2000


@click.command()
@click.option("--out", type=PATH, default="demo_out", show_default=True, metavar="DIR", help="Folder to write into.")
def demo(out: Path) -> None:
    """Simulate a panel, score it and write its reports; then report on a real data set of another field.

    \b
    Example:
      concord demo --out demo_out
    """
    from concord.pipeline import write_reports, write_scores
    from instrument import load_instrument, read_responses
    from scoring import Minimum
    from scoring.simulation import refuse_foreign_files, simulate

    panel = out / "panel"
    refuse_foreign_files(panel)
    questionnaire = load_instrument()
    click.echo(f"Simulating {UNITS} consortia in {WAVES} waves: {panel}")
    simulate(questionnaire, units=UNITS, waves=WAVES, seed=SEED).write(panel)

    click.echo(f"Scoring them: {out / 'scores'}")
    responses = read_responses(panel, questionnaire)
    write_scores(responses, out / "scores", minimum=Minimum(), seed=SEED, draws=DRAWS)
    run = write_reports(responses, out / "reports", minimum=Minimum(), seed=SEED, draws=DRAWS, progress=progress)

    with as_file(files("sample_data") / "leadership_2002") as folder:
        army = read_responses(folder, load_instrument(folder / "instrument.yaml"))
        other = write_reports(
            army, out / "leadership_2002", minimum=Minimum(), seed=SEED, draws=DRAWS, progress=progress
        )
    click.echo(f"{counted(len(other.pages), 'report')} on real answers of another field: {other.index}")
    click.echo(f"{counted(len(run.pages), 'report')} on the simulated consortia: {run.index}")
