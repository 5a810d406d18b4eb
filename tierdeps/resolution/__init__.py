"""What is declared is resolved: targets to drivers, tiers to one order, drivers to their tiers."""
