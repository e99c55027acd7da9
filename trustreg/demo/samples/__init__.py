"""Signed documents for every interesting verdict, and what is right to say about each."""
