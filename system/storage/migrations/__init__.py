"""How the tables came to be, step by step; migrate.py brings a database up to date."""
