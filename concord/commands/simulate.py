"""`concord simulate`: a made-up panel whose truth is known."""

from pathlib import Path

import click

from concord.options import instrument_option, out_folder, seed_option


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
    from scoring.simulation import simulate as simulate_panel

    refuse_real_answers(out)
    panel = simulate_panel(load_instrument(instrument), units=units, waves=waves, seed=seed)
    panel.write(out)
    click.echo(f"{len(panel.responses)} simulated answers of {units} units in {waves} waves: {out}")


def refuse_real_answers(folder: Path) -> None:
    """A simulated panel must never replace what people answered."""
    if (folder / "responses.csv").exists() and not (folder / "truth.json").exists():
        raise click.UsageError(f"{folder} holds a responses.csv that was not simulated. Choose another --out.")
