"""`sre images`: the container images of the jobs."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="Build, push, list and prune the container images.", no_args_is_help=True)

BaseImage = Annotated[
    str | None,
    typer.Option("--base-image", envvar="SRE_BASE_IMAGE", help="Debian bookworm image to build from."),
]


@app.command()
def build(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Default: all.")] = None,
    base: BaseImage = None,
    force: Annotated[bool, typer.Option("--force", help="Build even what is up to date.")] = False,
) -> None:
    """Build the images whose files have changed; the tag is a hash of those files.

    \b
    Examples:
      sre images build
      sre images build services --force
    """
    from sre_cli import wiring

    wiring.ensure_docker()
    images = wiring.images(base)
    for image in [images.look(name) for name in names or images.names()]:
        if image.is_built and not force:
            typer.echo(f"{image.tag} is up to date")
            continue
        images.build(image)
        typer.echo(f"{image.tag} is built")


@app.command()
def push(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Default: all.")] = None,
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
    base: BaseImage = None,
) -> None:
    """Push what an environment's registry lacks of the images; `sre deploy` does it too.

    \b
    Examples:
      sre images push
      sre images push services --env aws-prod
    """
    from sre_cli import wiring
    from sre_cli.console import Progress

    images = wiring.images(base)
    wanted = [(image.name, image.version) for image in map(images.look, names or images.names())]
    with Progress() as progress:
        supply = wiring.supply(env, wanted, progress.say)
        lacking = list(supply.lacking)
        for image in lacking:
            supply.provide(image)
    for image in wanted:
        typer.echo(f"{image[0]}:{image[1]} {'is pushed' if image in lacking else 'was there'}")


@app.command("list")
def list_(
    base: BaseImage = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the images, the version their files call for, and whether it is built.

    \b
    Examples:
      sre images list
      sre images list --json | jq -r '.[].version'
    """
    from sre_cli import wiring
    from sre_cli.console import print_json, print_table

    source = wiring.images(base)
    found = [source.look(name) for name in source.names()]
    if as_json:
        print_json(found)
        return
    rows = [
        (image.name, image.version, f"built, {image.size_mib} MiB" if image.is_built else "not built")
        for image in found
    ]
    print_table(["image", "version", "state"], rows)


@app.command()
def prune(
    base: BaseImage = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be removed.")] = False,
) -> None:
    """Remove the versions that the files no longer call for. Those of containers stay, running or not.

    An older version that no container is of can then be deployed only after it is built again.

    \b
    Examples:
      sre images prune --plan
      sre images prune
    """
    from sre_cli import wiring

    images = wiring.images(base)
    old = images.old()
    for tag in old:
        if not plan:
            images.remove(tag)
        typer.echo(f"{tag} would be removed" if plan else f"{tag} is removed")
    if not old:
        typer.echo("nothing to remove")
