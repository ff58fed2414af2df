"""Django's settings, made from the desk's own: there is one settings file, and no settings module."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import django
from django.conf import settings as django_settings
from psycopg.conninfo import conninfo_to_dict

from itaku.desk.settings import SETTINGS_VARIABLE, DeskSettings, read_desk_settings

SESSION_HOURS = 10
"""A working day: whoever leaves the desk open is signed out by the next morning."""

_HERE = Path(__file__).parent

APPS = (
    "itaku.desk.accounts",
    "itaku.desk.today",
    "itaku.desk.acts",
    "itaku.desk.contracts",
    "itaku.desk.papers",
    "itaku.desk.audit",
    "itaku.desk.drill",
    "itaku.desk.money",
    "itaku.desk.proof",
    "itaku.desk.notices",
    "itaku.desk.lists",
)
"""The desk's own apps, each with its models, pages and templates."""


@functools.cache
def desk_settings() -> DeskSettings:
    """The settings of this process, from the file that $ITAKU_DESK_SETTINGS names."""
    return read_desk_settings(Path(os.environ[SETTINGS_VARIABLE]))


def configure(settings: DeskSettings) -> None:
    """Sets Django up for this process, once."""
    if django_settings.configured:
        return
    django_settings.configure(**_values(settings))
    django.setup()


def _database(dsn: str) -> dict[str, Any]:
    """The database's address as Django wants it; the desk's tables lie in the schema before the contracts' own."""
    parts: dict[str, Any] = conninfo_to_dict(dsn)
    given = str(parts.pop("options", ""))
    base = given.rpartition("search_path=")[2].strip() or "public"
    schema = desk_schema(base)
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    found = {key: parts.pop(name, "") for key, name in names.items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **found,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**parts, "options": f"-csearch_path={schema},{base}"},
    }


def desk_schema(base: str) -> str:
    """The schema of the desk's tables, beside the schema of the contracts."""
    return "desk" if base == "public" else f"{base}_desk"


def _values(settings: DeskSettings) -> dict[str, Any]:
    rules = settings.passwords
    return {
        "DEBUG": False,
        "SECRET_KEY": Path(settings.secret_key).read_bytes().hex(),
        "ALLOWED_HOSTS": ["127.0.0.1", "localhost", settings.url.partition("//")[2].partition(":")[0]],
        "ROOT_URLCONF": "itaku.desk.urls",
        "INSTALLED_APPS": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.staticfiles",
            "django_htmx",
            "django_otp",
            "django_otp.plugins.otp_totp",
            "django_otp.plugins.otp_static",
            "axes",
            "itaku.desk",
            *APPS,
        ],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "itaku.desk.middleware.ContentPolicy",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "itaku.desk.middleware.Language",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django_otp.middleware.OTPMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "django_htmx.middleware.HtmxMiddleware",
            "itaku.desk.middleware.WholeText",
            "itaku.desk.audit.middleware.Noted",
            "itaku.desk.middleware.SignedIn",
            "itaku.desk.accounts.middleware.Held",
            "itaku.desk.middleware.CodedErrors",
            "axes.middleware.AxesMiddleware",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "itaku.desk.page.every_page",
                    ],
                    "builtins": ["itaku.desk.templatetags.desk"],
                },
            }
        ],
        "DATABASES": {"default": _database(settings.dsn)},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "AUTH_USER_MODEL": "accounts.Person",
        "AUTHENTICATION_BACKENDS": [
            "axes.backends.AxesStandaloneBackend",
            "django.contrib.auth.backends.ModelBackend",
        ],
        # Memory-hard, so that stolen digests cost a guesser memory too; the other is there for a change of mind.
        "PASSWORD_HASHERS": [
            "django.contrib.auth.hashers.ScryptPasswordHasher",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        ],
        "AUTH_PASSWORD_VALIDATORS": [],  # accounts/passwords.py holds the rules
        "OTP_TOTP_ISSUER": "itaku",
        "AXES_FAILURE_LIMIT": rules.tries,
        "AXES_COOLOFF_TIME": rules.lock_minutes / 60,
        "AXES_LOCKOUT_PARAMETERS": ["username"],
        "AXES_USERNAME_FORM_FIELD": "username",
        "AXES_LOCKOUT_CALLABLE": "itaku.desk.accounts.views.locked_out",
        "AXES_RESET_ON_SUCCESS": True,
        "AXES_VERBOSE": False,
        "LOGIN_URL": "/sign-in/",
        "LANGUAGE_CODE": "ja",
        "LANGUAGES": [("ja", "日本語"), ("en", "English")],
        "USE_I18N": True,
        "TIME_ZONE": "Asia/Tokyo",
        "USE_TZ": True,
        "STATIC_URL": "/static/",
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_AUTOREFRESH": False,
        "WHITENOISE_MAX_AGE": 3600,
        "SESSION_COOKIE_AGE": SESSION_HOURS * 3600,
        "SESSION_COOKIE_NAME": "itaku_desk",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_SERIALIZER": "django.contrib.sessions.serializers.JSONSerializer",
        "CSRF_COOKIE_SECURE": settings.https,
        "CSRF_COOKIE_HTTPONLY": True,  # scripts take the token from the page
        "CSRF_FAILURE_VIEW": "itaku.desk.page.form_expired",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 5_000_000,
        "FILE_UPLOAD_MAX_MEMORY_SIZE": 2_000_000,
        "SILENCED_SYSTEM_CHECKS": [
            "axes.W003",
            "axes.W006",
        ],  # it is the account that rests, wherever the tries come from
        "LOGGING_CONFIG": None,
    }
