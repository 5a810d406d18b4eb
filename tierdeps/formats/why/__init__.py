"""Why a driver is where it is."""
