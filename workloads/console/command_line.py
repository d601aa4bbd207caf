"""What every command line here begins as, without commands yet: -h, --version, completion in the shell."""

# Annotations are not put off here: typer reads those of a function within a function.
from importlib.metadata import version
from typing import Annotated

import typer


def command_line(name: str, about: str) -> typer.Typer:
    """An application without commands yet: ``about`` is its help in a sentence."""
    app = typer.Typer(
        name=name,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )

    def show(wanted: bool) -> None:
        if wanted:
            print(f"{name} {version('crisp-accel-sim')}")
            raise typer.Exit

    @app.callback(help=about)
    def options(
        _: Annotated[
            bool, typer.Option("--version", callback=show, is_eager=True, help="Show the version and exit.")
        ] = False,
    ) -> None:
        """Options that stand before a command."""

    return app
