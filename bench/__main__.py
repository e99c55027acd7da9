"""`python -m bench [name ...] [--seconds N] [--large] [--url URL] [--profile] [--json FILE]`."""

from __future__ import annotations

import argparse
import functools
import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from bench import cms_documents, documents, dss, growth, http, lists, publication, status, tokens, world, xml_documents
from bench.race import Outcome, machine, say, table


def main() -> int:
    """Run the contests that were asked for and print one table."""
    options = _options()
    shared = functools.cache(world.create)
    if options.profile:
        print(documents.profile(shared()))
        return 0
    services = [1_000, 10_000] if options.large else [1_000]
    contests: dict[str, Callable[[], list[Outcome | None]]] = {
        "pades-t": lambda: [documents.single(shared(), "T", options.seconds)],
        "pades-b": lambda: [documents.single(shared(), "B", options.seconds)],
        "pades-24": lambda: [documents.many(shared(), options.seconds)],
        "cades-t": lambda: [cms_documents.single(shared(), options.seconds)],
        "xades-t": lambda: [xml_documents.single(shared(), "T", options.seconds)],
        "xml-large": lambda: [xml_documents.large(options.seconds)],
        "dss": lambda: [*dss.contests(shared(), options.seconds)],
        "token": lambda: [tokens.contest(shared(), options.seconds)],
        "growth": lambda: [*growth.contests(shared())],
        "lists": lambda: [lists.contest(options.seconds)],
        "status": lambda: [status.contest(count * 10) for count in services],
        "publication": lambda: [*publication.contests(services, options.seconds)],
        "http": lambda: [*http.contest(options.url, options.sample, options.seconds)] if options.url else [],
    }
    unknown = set(options.names) - set(contests)
    if unknown:
        raise SystemExit(f"Unknown: {', '.join(sorted(unknown))}. Known: {', '.join(contests)}.")
    before = machine()
    outcomes: list[Outcome] = []
    for name in options.names or contests:
        say(f"— {name}")
        outcomes += [outcome for outcome in contests[name]() if outcome is not None]
    command = shlex.join(["python", "-m", "bench", *sys.argv[1:]])
    print(f"`{command}`\n\n{before}; load afterwards {machine().partition('load ')[2].partition(';')[0]}\n")
    print(table(outcomes))
    if options.json:
        content = {"command": command, "machine": before, "outcomes": [outcome.as_json() for outcome in outcomes]}
        options.json.write_text(json.dumps(content, ensure_ascii=False, indent=1))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Speed beside that of peers, in one run.")
    parser.add_argument("names", nargs="*", metavar="name", help="contests to run (default: all)")
    parser.add_argument("--seconds", type=float, default=6.0, help="soft limit for each contest, after three rounds")
    parser.add_argument("--large", action="store_true", help="also 100,000 services to ask for and 10,000 to publish")
    parser.add_argument("--url", help="a running system, such as http://127.0.0.1:8000, to ask over HTTP as well")
    parser.add_argument(
        "--sample", type=Path, default=Path("var/demo/samples/qualified-signature.pdf"), help="document for --url"
    )
    parser.add_argument("--profile", action="store_true", help="where our validation of PAdES-T spends its time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
