"""What the tables of certification share."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Func, Q


class NextNumber(Func):
    """The next value of a database sequence, as a column default: numbers that people can say on the telephone."""

    function = "nextval"
    output_field = models.BigIntegerField()
    arity = 1


class Sha256OfText(Func):
    """Hexadecimal SHA-256 of a text's UTF-8 bytes."""

    template = "encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')"
    output_field = models.CharField()
    arity = 1


class Sha256OfBytes(Func):
    """Hexadecimal SHA-256 of a byte string."""

    template = "encode(sha256(%(expressions)s), 'hex')"
    output_field = models.CharField()
    arity = 1


def choices(values: Iterable[str]) -> list[tuple[str, str]]:
    """Choices whose labels are the values; labels for people belong to the UI."""
    return [(str(value), str(value)) for value in values]


def is_hashed(name: str, text: str, digest: str) -> models.CheckConstraint:
    """A constraint: column `digest` is the SHA-256 of the text column `text`."""
    return models.CheckConstraint(condition=Q(**{digest: Sha256OfText(models.F(text))}), name=name)
