"""The project's own documents with known verdicts; `python -m tests.vectors.build FOLDER` writes them to look at."""
