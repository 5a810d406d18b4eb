"""What the commands read and write: the answer, the standard streams, the terminal, files."""
