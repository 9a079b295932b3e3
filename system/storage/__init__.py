"""The record in SQL: what was accepted and what became of it, on SQLite or PostgreSQL through the same code."""
