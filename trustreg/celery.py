"""The Celery application: `celery -A trustreg.celery worker|beat`."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trustreg.settings")
os.environ.setdefault("TRUSTREG_ROLE", "worker")

app = Celery("trustreg")
app.config_from_object("django.conf:settings.CELERY")
app.autodiscover_tasks()
app.set_default()
