"""The Celery application: `celery -A trustreg.celery worker|beat`."""

from __future__ import annotations

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trustreg.settings")
os.environ.setdefault("TRUSTREG_ROLE", "worker")

app = Celery("trustreg")
app.conf.update(settings.CELERY)
app.autodiscover_tasks()
app.set_default()
