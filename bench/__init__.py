"""Speed beside that of peers: `python -m bench`. What is compared and how is in docs/performance.md."""
