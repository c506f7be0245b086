"""Opens PyTorch Studio, or runs one of its commands: `python main.py --help`."""

from studio.app import main

if __name__ == "__main__":
    raise SystemExit(main())
