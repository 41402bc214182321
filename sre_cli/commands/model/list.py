"""`sre model list`."""

from __future__ import annotations

from sre_cli.commands import AsJson


def list(as_json: AsJson = False) -> None:  # noqa: A001  # the word that is typed
    """Show the models: version, thresholds, and what the promoted version was measured on.

    \b
    Examples:
      sre model list
      sre model list --json | jq -r '.[] | [.check, .version] | @tsv'
    """
    from sre_cli import wiring_model
    from sre_cli.console import print_json, print_table
    from sre_cli.core.evaluation.texts import MODEL_HEADERS, model_row

    found = wiring_model.manifests()
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
    else:
        print_table(MODEL_HEADERS, [model_row(one) for one in found])
