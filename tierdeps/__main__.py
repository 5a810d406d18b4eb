"""The program, ``tierdeps`` or ``python -m tierdeps``: signals are handled before the slow imports."""

from tierdeps._util import interrupts


def main() -> None:
    """Run the command line and exit."""
    interrupts.install()
    from tierdeps.cli import run_cli

    run_cli()


if __name__ == "__main__":
    main()
