#!/usr/bin/env python3
"""Django's command line for trustreg."""

import os
import sys

# Commands that make or change tables run as the owner of the database, all others with the rights of a web process.
OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "showmigrations", "test", "dbshell", "flush"}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trustreg.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    os.environ.setdefault("TRUSTREG_ROLE", "owner" if command in OWNER_COMMANDS else "web")
    from django.core.management import execute_from_command_line

    import trustreg.celery  # noqa: F401 - commands send news of their acts through this application

    execute_from_command_line(sys.argv)
