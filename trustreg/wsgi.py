"""WSGI entry point of the web process."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trustreg.settings")
os.environ.setdefault("TRUSTREG_ROLE", "web")

from django.core.wsgi import get_wsgi_application

import trustreg.celery  # noqa: F401 - jobs are sent through this application
from trustreg.base.arrivals import bounded

application = bounded(get_wsgi_application())
