"""Watches one run: what each driver opened, connected to or read that another one had made."""
