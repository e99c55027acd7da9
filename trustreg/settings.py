"""Django settings, from `trustreg.conf` alone. One file for every deployment; the environment makes the difference."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from django.contrib.messages.constants import ERROR, INFO, SUCCESS, WARNING

from trustreg.conf import ROOT
from trustreg.conf import settings as conf

BASE_DIR = ROOT
SECRET_KEY = conf.secret_key
DEBUG = False
ALLOWED_HOSTS = list(conf.allowed_hosts)

INSTALLED_APPS = [
    "trustreg.base",
    "trustreg.parties",
    "signing",
    "conformity",
    "certification",
    "qualified_list",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
    "axes",
]
if conf.demo:
    INSTALLED_APPS.append("trustreg.demo")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "trustreg.base.language.LanguageMiddleware",
    "trustreg.base.edges.PageEdges",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "trustreg.base.pages.PageErrors",
]

ROOT_URLCONF = "trustreg.urls"
WSGI_APPLICATION = "trustreg.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "trustreg.base.pages.frame",
                "trustreg.parties.visitors.frame",
                "trustreg.pages.navigation.frame",
            ]
        },
    }
]

# A message of Django is shown in the tone of the page's own notices.
MESSAGE_TAGS = {SUCCESS: "ok", INFO: "info", WARNING: "warn", ERROR: "bad"}

FORM_RENDERER = "trustreg.base.forms.Renderer"


def _database() -> dict[str, Any]:
    """PostgreSQL as this process's role: `DATABASE_URL`, else the embedded server."""
    common: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, "application_name": f"trustreg-{conf.role}"},
        "TEST": {"NAME": "test_trustreg"},
    }
    if conf.database_url:
        url = urlsplit(conf.database_url)
        return common | {
            "NAME": url.path.lstrip("/"),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or "",
            "PORT": str(url.port or ""),
        }
    from trustreg.base import embedded

    return common | {"NAME": embedded.DATABASE, "USER": f"trustreg_{conf.role}", **embedded.ensure_server(conf.var)}


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "parties.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "trustreg.parties.authentication.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "email"
AXES_VERBOSE = False
# Behind the proxy every caller has its address; with it as "the place", anybody could lock anybody out.
AXES_IPWARE_META_PRECEDENCE_ORDER = [
    *(["HTTP_X_FORWARDED_FOR"] if conf.base_url.startswith("https://") else []),
    "REMOTE_ADDR",
]

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
CSRF_FAILURE_VIEW = "trustreg.pages.errors.csrf_failed"
LOGIN_URL = "/sign-in"
USE_I18N = True
LOCALE_PATHS = [ROOT / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = conf.var / "static"
STATICFILES_DIRS = [ROOT / "trustreg" / "static"] if (ROOT / "trustreg" / "static").is_dir() else []
MEDIA_ROOT = conf.var / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "evidence": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": conf.evidence_dir}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Security: strict everywhere; only cookies' Secure flag and HSTS depend on there being TLS in front.
_TLS = conf.base_url.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _TLS else None
SECURE_SSL_REDIRECT = _TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if _TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _TLS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [conf.base_url] if conf.base_url.startswith("https://") else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # the edges check lengths against their own limits before they read
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
FILE_UPLOAD_TEMP_DIR = str(conf.var / "uploads")  # what a process that was killed left there goes within the day
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 1000  # of a batch of documents; forms take fewer (`trustreg.base.uploads`)

REST_FRAMEWORK: dict[str, Any] = {
    "EXCEPTION_HANDLER": "trustreg.base.api.problem_response",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "trustreg.parties.authentication.ApiKeyAuthentication",
        "trustreg.parties.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ]
    if conf.throttle
    else [],
    # Behind the proxy a caller is whom the proxy names; without one, who connects, whatever the caller's headers say.
    "NUM_PROXIES": 1 if _TLS else 0,
    "DEFAULT_THROTTLE_RATES": {"anon": "120/min", "user": "1200/min"},
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "trustreg",
    "DESCRIPTION": "The registry of trust services: assessment, decision, signed trusted list, validation.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
}

CELERY: dict[str, Any] = {
    "broker_url": conf.broker_url or "filesystem://local",
    "broker_transport": None if conf.broker_url else "trustreg.base.queue_folder:Transport",
    "task_ignore_result": True,
    "task_acks_late": True,
    "worker_prefetch_multiplier": 1,
    "task_default_queue": "trustreg",
    "broker_connection_retry_on_startup": True,
    "worker_hijack_root_logger": False,
    "timezone": "UTC",
    "beat_schedule_filename": str(conf.var / "run" / "beat"),
    "beat_schedule": {
        "outbox": {"task": "trustreg.base.tasks.deliver_outbox", "schedule": float(conf.sweep_seconds)},
        "publications": {"task": "qualified_list.tasks.sweep", "schedule": float(conf.sweep_seconds)},
        "validations": {"task": "signing.tasks.sweep", "schedule": float(conf.sweep_seconds)},
        "old reports": {"task": "signing.tasks.expire", "schedule": 3600.0},
        "conformity": {"task": "conformity.tasks.sweep", "schedule": 60.0},
        "expired services": {"task": "certification.tasks.expire_services", "schedule": 60.0},
        "old uploads": {"task": "trustreg.base.tasks.forget_uploads", "schedule": 3600.0},
        "old answers": {"task": "trustreg.base.tasks.forget_answers", "schedule": 3600.0},
        "old sessions": {"task": "trustreg.parties.tasks.forget_sessions", "schedule": 3600.0},
        "reissue": {"task": "qualified_list.tasks.reissue_when_due", "schedule": 3600.0},
    },
}
(conf.var / "run").mkdir(parents=True, exist_ok=True)
(conf.var / "uploads").mkdir(mode=0o700, exist_ok=True)
if not conf.broker_url:
    _queue = conf.var / "queue"
    for _folder in ("messages", "control"):
        (_queue / _folder).mkdir(parents=True, exist_ok=True)
    CELERY["broker_transport_options"] = {
        "data_folder_in": str(_queue / "messages"),
        "data_folder_out": str(_queue / "messages"),
        "control_folder": str(_queue / "control"),
        # Seconds until kombu looks again. With its own value, 1, a worker of two takes two messages a second: hardly
        # more than the schedule below sends.
        "polling_interval": 0.1,
    }
else:
    CELERY["task_default_queue_type"] = "quorum"
    # A broker that is away must not hold up the act: the sweeper repeats what was not sent.
    CELERY["broker_transport_options"] = {"confirm_publish": True, "max_retries": 1, "interval_start": 0}
    CELERY["broker_connection_timeout"] = 2.0

# Keys in files are the demo's way; `check --deploy` refuses them (trustreg.keys.E001).
TRUSTREG_FILE_KEYS = conf.demo or conf.list_signer_key is not None

# Who hears of what (topic of the outbox -> tasks). The publishers do not know their listeners; one with none is kept
# here too, so that the table is the whole of the news.
TRUSTREG_SUBSCRIPTIONS: dict[str, list[str]] = {
    "conformity.accreditation.changed": [],
    "conformity.assessment.concluded": [],
    "conformity.finding.escalated": [],
    "conformity.finding.overdue": [],
    "conformity.finding.raised": [],
    "certification.decision.approved": ["qualified_list.tasks.decision_approved"],
    "qualified_list.scheme_updated": ["qualified_list.tasks.publish"],
    "qualified_list.reissue_requested": ["qualified_list.tasks.reissue"],
    "qualified_list.compiled": ["qualified_list.tasks.publish"],
    "qualified_list.published": [],
}

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(ensure_ascii=False),
            "foreign_pre_chain": [
                structlog.contextvars.merge_contextvars,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": conf.log_level},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "axes": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "django_structlog": {"level": conf.log_level},
    },
}
