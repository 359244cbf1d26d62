"""The entry point: `kbsync`, or `python -m kbsync`."""

import sys


def main() -> None:
    """Run the command line; the version is told without loading it."""
    if sys.argv[1:] == ["--version"]:
        from kbsync import __version__

        sys.stdout.write(f"kbsync {__version__}\n")
        return
    from kbsync.cli import main as run

    run()


if __name__ == "__main__":
    main()
