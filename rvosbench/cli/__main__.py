"""`python -m rvosbench.cli`, for where the program is not on the path."""

from rvosbench.cli.app import main

if __name__ == "__main__":
    main()
