"""`python -m syncline.cli`: the command line where the `syncline` script is not installed."""

from syncline.cli import main

if __name__ == "__main__":
    main()
