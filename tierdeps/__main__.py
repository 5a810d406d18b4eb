"""``python -m tierdeps``."""

from tierdeps.cli import run

if __name__ == "__main__":
    run()
