"""What drivers print and log, on disk: a folder for each run, and a few files of limited size for each driver."""
