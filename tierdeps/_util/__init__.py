"""Small tools that know nothing of drivers: every other package may use them."""
