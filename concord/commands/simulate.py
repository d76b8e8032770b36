"""`concord simulate`: a made-up panel whose truth is known."""

from pathlib import Path

import click

from concord.options import instrument_option, out_folder, seed_option
from concord.wording import counted


@click.command()
@click.option("--units", type=click.IntRange(1, 100_000), default=60, show_default=True, help="Number of units.")
@click.option("--waves", type=click.IntRange(1, 20), default=2, show_default=True, help="Number of waves.")
@seed_option
@instrument_option
@out_folder
def simulate(units: int, waves: int, seed: int, instrument: str, out: Path) -> None:
    """Make up answers to a questionnaire, with the truth behind them in truth.json.

    \b
    Example:
      concord simulate --units 60 --waves 2 --seed 1 --out panel
    """
    from instrument import load_instrument
    from scoring.simulation import refuse_foreign_files
    from scoring.simulation import simulate as simulate_panel

    refuse_foreign_files(out)
    panel = simulate_panel(load_instrument(instrument), units=units, waves=waves, seed=seed)
    panel.write(out)
    size = f"{counted(units, 'unit')} in {counted(waves, 'wave')}"
    click.echo(f"{counted(len(panel.responses), 'simulated answer')} of {size}: {out}")
