"""What the commands ask git: the repository, the files of a revision, the places of findings."""
