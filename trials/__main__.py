"""`python -m trials`, and the program `trials`."""

from trials.memory import prefer_memory_given_back
from trials.stop import stop_on_signals


def main() -> None:
    """Run the program; a signal ends it in order even while it is being loaded."""
    stop_on_signals()
    prefer_memory_given_back()
    from trials.cli import main as run  # half a second of libraries

    run()


if __name__ == "__main__":
    main()
