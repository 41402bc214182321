"""`sre model evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sre_cli.commands import AsJson
from sre_cli.commands.model import Model

if TYPE_CHECKING:
    from sre_cli.specs.evaluation import Report


def evaluate(
    model: Model,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder with labelled files.")],
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where report.json and .html go. [reports/model/...]")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many items, evenly over the whole.")] = None,
    checkout: Annotated[
        Path | None, typer.Option(help="Another checkout, whose version is evaluated; without it, this one.")
    ] = None,
    python: Annotated[
        str | None, typer.Option(help="Python that has what the services need; without it, this one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a model on a labelled folder: a table here, and a report for `sre model gate`.

    Faces are compared (ROC, AUC, TAR at FAR 1e-2 and 1e-3, EER, FRR and FAR at the threshold), selfies are
    judged (APCER by kind of attack, BPCER, ACER as in ISO/IEC 30107-3), documents are read (character error
    rate, fields, valid zones). Whatever is refused is counted and named.

    \b
    Tables in the folder, with a first line that names the columns; files are below the folder:
      pairs.csv      a,b,same: two files, and 1 for one person, 0 for two
      labels.csv     file,task,label; other columns are ignored
                       task identity: whose face it is; every two make a pair, where there is no pairs.csv
                       task pad: live, or the kind of attack: print, screen, mask ...
                       task mrz: the kind of machine-readable zone: td1, td2, td3, mrv-a, mrv-b
      documents.csv  file,kind and whatever is known: zone (its lines), transcript (lines of the page), and
                       columns called like the answer's fields: document_number, date_of_birth, ...
                       An empty cell says nothing. It takes the place of the rows of task mrz.

    \b
    Examples:
      sre model evaluate face-match my-faces
      sre model evaluate face-liveness selfies --limit 200 --report /tmp/before
      sre model evaluate document-ocr documents --checkout ../candidate --report /tmp/after

    \b
    Exit codes: 0 measured, 2 wrong words or files, 4 the model cannot be loaded, 130 interrupted: then
    nothing is written.
    """
    from sre_cli import wiring_model
    from sre_cli.console import Progress, print_json

    place = report or wiring_model.REPORTS / model
    wiring_model.prepare_place(place)
    with Progress(quiet=as_json) as progress:
        done = wiring_model.evaluate(model, folder, limit, checkout, python, progress.say)
    written = wiring_model.write_report(done, place)
    if as_json:
        print_json(done.model_dump(mode="json", exclude={"items"}) | {"report": str(written)})
    else:
        _print(done, written)


def _print(done: Report, written: Path) -> None:
    from sre_cli.console import print_table
    from sre_cli.core.evaluation.texts import FIGURE_HEADERS, figure_row

    typer.echo(f"{done.model.check}: {done.model.name} {done.model.version}, {done.dataset.items} items\n")
    print_table(FIGURE_HEADERS, [figure_row(figure) for figure in done.figures])
    typer.echo(f"\nreport: {written.with_suffix('.html').resolve().as_uri()}\nfor the gate: {written}")
