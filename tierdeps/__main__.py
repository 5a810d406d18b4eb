"""The program, ``tierdeps`` or ``python -m tierdeps``: it hears signals before it imports what takes its time."""

from tierdeps._util import interrupts


def main() -> None:
    """Run the command line and exit."""
    interrupts.install()
    from tierdeps.cli import run_cli

    run_cli()


if __name__ == "__main__":
    main()
