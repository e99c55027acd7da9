"""Issues the certificates and CRLs of a case: DER written field by field, so that each can be wrong in its own way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec

from tests.pki.factories import key_usage
from trustreg.pki import asn1

AT = datetime(2026, 6, 1, tzinfo=UTC)
"""When all paths are judged."""
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)

SEQUENCE, SET = asn1.SEQUENCE, asn1.SET
PRINTABLE, UTF8, IA5 = 0x13, 0x0C, 0x16

_ECDSA = asn1.encode(SEQUENCE, asn1.encode_oid("1.2.840.10045.4.3.2"))
_DSA = asn1.encode(SEQUENCE, asn1.encode_oid("2.16.840.1.101.3.4.3.2"))
_ATTRIBUTES = {
    "C": "2.5.4.6",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "CN": "2.5.4.3",
    "dnQualifier": "2.5.4.46",
    "ST": "2.5.4.8",
    "L": "2.5.4.7",
    "serialNumber": "2.5.4.5",
    "title": "2.5.4.12",
    "SN": "2.5.4.4",
    "GN": "2.5.4.42",
    "initials": "2.5.4.43",
    "pseudonym": "2.5.4.65",
    "generationQualifier": "2.5.4.44",
    "DC": "0.9.2342.19200300.100.1.25",
    "email": "1.2.840.113549.1.9.1",
}
# Domain parameters (2048, 256), because generating them takes seconds.
_DSA_DOMAIN = (
    int(
        "f302fc570efc6de0d67c68dbc8fafe7d570b976c7cea14ecfbc0649add458754830b99565c480e5cd6b6d33defc2bd5c1a5c"
        "19fbd0d138c55c04461d6a0fad8ab29d6572212c5de099435a3c9151940c6a1d2c8e37ab4dfd2335ded220bdd8e87a1537e1"
        "80474deeac1d328b6db3fa75fd66e922cec01cc739e3bbc5ef3b9f72fef3c8a98cd5e9b6a65cad66215af39b11f514ef435b"
        "180700edb15ef5a99f206ef5854075c48c4d1bf34c8708d4888fcdf154edec6bb590e45d4c794dcf377c1bc36f2cd3a76242"
        "485f4d29690a8675c9e9717fc2fcea66b19ce07849e99a97c67d5d94a06ccbb331004cc15a2010111749ba350c8479843924"
        "6750da1e8737",
        16,
    ),
    int("dff67d416e7d1ad17f77a7ac94a76c9326f9dc60ab656d63357c5b03541d7567", 16),
    int(
        "55497f75858bdf0b0c65044847ccb29ee40c073753d1cb3055a4e3fa55e8dd31c5940c9afcb5971027c69dee3f924d34a186"
        "eaddad01e2418d69396ae53fd48dab440e55eb2a0397032253cae0b25825ebf1f930ee0a53bfa32a69cfde73edb708204336"
        "94ea464c39ea374f70595028ff926363a96a755297c6d3d3f7617acb18d6435514450b3bc97dde065ee8925aa0532f238f9e"
        "530439b4ecb9c560f1607144e681788b5635e9f39cab80df7af414b3a9ab08ee5e34c47cfb0bb31b95251943aa6d0392fb8b"
        "943261b1c40d8c3816b48107b4a902e081dedeb31bfabe48eb6761b3b9d3535973e5eebb126a3a8b08c51fe9df248360e900"
        "3ff73d8ac0e3",
        16,
    ),
)


def utc(text: str) -> bytes:
    """UTCTime."""
    return asn1.encode(asn1.UTC_TIME, text.encode())


def generalized(text: str) -> bytes:
    """GeneralizedTime."""
    return asn1.encode(asn1.GENERALIZED_TIME, text.encode())


def moment(when: datetime) -> bytes:
    """The form that RFC 5280 demands for a time."""
    return utc(f"{when:%y%m%d%H%M%SZ}") if when.year < 2050 else generalized(f"{when:%Y%m%d%H%M%SZ}")


def rdn(kind: str, value: str, string: int = PRINTABLE) -> bytes:
    """A RelativeDistinguishedName of one attribute."""
    string = IA5 if kind in ("DC", "email") else string
    encoding = "utf-8" if string == UTF8 else "ascii"
    pair = asn1.encode(SEQUENCE, asn1.encode_oid(_ATTRIBUTES[kind]), asn1.encode(string, value.encode(encoding)))
    return asn1.encode(SET, pair)


def dn(*attributes: tuple[str, str], string: int = PRINTABLE) -> bytes:
    """A Name of exactly these attributes."""
    return asn1.encode(SEQUENCE, *(rdn(kind, value, string) for kind, value in attributes))


def named(*attributes: tuple[str, str], string: int = PRINTABLE) -> bytes:
    """A Name below C=US, O=Test Certificates."""
    return dn(("C", "US"), ("O", "Test Certificates"), *attributes, string=string)


def email(value: str) -> bytes:
    """rfc822Name."""
    return asn1.encode(0x81, value.encode())


def dns(value: str) -> bytes:
    """dNSName."""
    return asn1.encode(0x82, value.encode())


def uri(value: str) -> bytes:
    """uniformResourceIdentifier."""
    return asn1.encode(0x86, value.encode())


def directory(name: bytes) -> bytes:
    """directoryName."""
    return asn1.encode(0xA4, name)


@dataclass(frozen=True)
class Revocation:
    """An entry of a CRL: for whom, why, a critical extension that nobody knows, the Name of another issuer."""

    serial: int
    reason: int | None = 1
    unknown_critical: bool = False
    issuer: bytes | None = None


@dataclass(frozen=True)
class Crl:
    """A CRL of the authority that it is given for; every field may be another's.

    `revoked`: labels of certificates, or whole entries. `extensions`: (OID, critical, value).
    """

    revoked: tuple[str | Revocation, ...] = ()
    reason: int | None = 1
    key: str | None = None
    name: bytes | None = None
    this_update: bytes = moment(AT - timedelta(days=1))
    next_update: bytes = moment(AT + timedelta(days=30))
    extensions: tuple[tuple[str, bool, bytes], ...] = ()
    bad_signature: bool = False


_USUAL = ("key_cert_sign", "crl_sign")


@dataclass(frozen=True)
class Part:
    """One certificate of a case. What is not said is as it should be.

    `issuer` is the label of who signs (default: the part above), `key` the label of its own key, `same_as` the label
    of the part whose name it has (self-issued ones); `subject` and `issuer_name` are DER Names. `crls` of an authority:
    None for one complete list that names whoever is `revoked` below it.
    """

    label: str
    ca: bool
    issuer: str | None = None
    key: str | None = None
    same_as: str | None = None
    subject: bytes | None = None
    issuer_name: bytes | None = None
    serial: int | None = None
    not_before: bytes = moment(START)
    not_after: bytes = moment(END)
    basic: tuple[bool, int | None] | None = None
    basic_critical: bool | None = True
    usage: tuple[str, ...] | None = None
    usage_critical: bool = True
    policies: tuple[int, ...] | None = (1,)
    qualifiers: tuple[str, ...] = ()
    mappings: tuple[tuple[int, int], ...] = ()
    explicit: int | None = None
    inhibit_mapping: int | None = None
    inhibit_any: int | None = None
    permitted: tuple[bytes, ...] = ()
    excluded: tuple[bytes, ...] = ()
    names: tuple[bytes, ...] = ()
    points: tuple[bytes, ...] = ()
    extensions: tuple[tuple[str, bool, bytes], ...] = ()
    unique_ids: bool = False
    inherits_parameters: bool = False
    bad_signature: bool = False
    revoked: bool = False
    crls: tuple[Crl, ...] | None = None


def policy(number: int) -> str:
    """OID of NIST-test-policy-n; 0 is anyPolicy."""
    return f"2.16.840.1.101.3.2.1.48.{number}" if number else "2.5.29.32.0"


@cache
def private_key(label: str) -> Any:
    """One key for each label; `dsa…` ones are DSA."""
    if label.startswith("dsa"):
        return dsa.DSAParameterNumbers(*_DSA_DOMAIN).parameters().generate_private_key()
    return ec.generate_private_key(ec.SECP256R1())


def _sign(label: str, data: bytes) -> bytes:
    key = private_key(label)
    if isinstance(key, dsa.DSAPrivateKey):
        return key.sign(data, hashes.SHA256())
    return bytes(key.sign(data, ec.ECDSA(hashes.SHA256())))


def _algorithm(label: str) -> bytes:
    return _DSA if label.startswith("dsa") else _ECDSA


def _signed(tbs: bytes, label: str, *, bad: bool) -> bytes:
    signature = _sign(label, b"something else" if bad else tbs)
    return asn1.encode(SEQUENCE, tbs, _algorithm(label), asn1.encode(asn1.BIT_STRING, b"\0" + signature))


def extension(oid: str, critical: bool, value: bytes) -> bytes:
    """Extension."""
    flag = asn1.encode(asn1.BOOLEAN, b"\xff") if critical else b""
    return asn1.encode(SEQUENCE, asn1.encode_oid(oid), flag, asn1.encode(asn1.OCTET_STRING, value))


def _basic(part: Part) -> bytes:
    is_ca, length = part.basic or (True, None)
    flag = asn1.encode(asn1.BOOLEAN, b"\xff") if is_ca else b""
    return asn1.encode(SEQUENCE, flag, b"" if length is None else asn1.encode_integer(length))


def _policies(part: Part) -> bytes:
    notices = [x509.UserNotice(None, text) if not text.startswith("http") else text for text in part.qualifiers]
    return x509.CertificatePolicies(
        [
            x509.PolicyInformation(x509.ObjectIdentifier(policy(number)), notices or None)
            for number in part.policies or ()
        ]
    ).public_bytes()


def _subtrees(tag: int, bases: Sequence[bytes]) -> bytes:
    return asn1.encode(tag, *(asn1.encode(SEQUENCE, base) for base in bases)) if bases else b""


def _authority_key(signer: str) -> bytes:
    key = x509.SubjectKeyIdentifier.from_public_key(private_key(signer).public_key()).digest
    return extension("2.5.29.35", False, asn1.encode(SEQUENCE, asn1.encode(0x80, key)))


def _key_identifiers(part: Part, signer: str) -> list[bytes]:
    own = x509.SubjectKeyIdentifier.from_public_key(private_key(part.key or part.label).public_key()).digest
    return [extension("2.5.29.14", False, asn1.encode(asn1.OCTET_STRING, own)), _authority_key(signer)]


def _extensions(part: Part) -> list[bytes]:
    found = []
    if part.basic is not None or (part.ca and part.basic_critical is not None):
        found.append(extension("2.5.29.19", bool(part.basic_critical), _basic(part)))
    usage = part.usage if part.usage is not None else _USUAL if part.ca else ("digital_signature",)
    found.append(extension("2.5.29.15", part.usage_critical, key_usage(*usage).public_bytes()))
    if part.policies is not None:
        found.append(extension("2.5.29.32", False, _policies(part)))
    if part.mappings:
        pairs = (
            asn1.encode(SEQUENCE, asn1.encode_oid(policy(one)), asn1.encode_oid(policy(other)))
            for one, other in part.mappings
        )
        found.append(extension("2.5.29.33", True, asn1.encode(SEQUENCE, *pairs)))
    if part.explicit is not None or part.inhibit_mapping is not None:
        found.append(
            extension("2.5.29.36", True, x509.PolicyConstraints(part.explicit, part.inhibit_mapping).public_bytes())
        )
    if part.inhibit_any is not None:
        found.append(extension("2.5.29.54", True, asn1.encode_integer(part.inhibit_any)))
    if part.permitted or part.excluded:
        trees = asn1.encode(SEQUENCE, _subtrees(0xA0, part.permitted), _subtrees(0xA1, part.excluded))
        found.append(extension("2.5.29.30", True, trees))
    if part.names:
        empty = part.subject == asn1.encode(SEQUENCE)
        found.append(extension("2.5.29.17", empty, asn1.encode(SEQUENCE, *part.names)))
    if part.points:
        found.append(extension("2.5.29.31", False, asn1.encode(SEQUENCE, *part.points)))
    return found + [extension(*one) for one in part.extensions]


class World:
    """The trust anchor and everything of one case, made from its parts."""

    def __init__(self, parts: Sequence[Part], *, root: Part = Part("Trust Anchor", ca=True)) -> None:
        self._parts: dict[str, Part] = {root.label: root}
        self._above: dict[str, str] = {}
        self._serials: dict[str, int] = {}
        above = root
        for number, part in enumerate(parts, 10):
            self._above[part.label] = part.issuer or above.label
            self._serials[part.label] = number if part.serial is None else part.serial
            self._parts[part.label] = above = part
        self.anchor = self._certificate(root)
        self.certificates = {part.label: self._certificate(part) for part in parts}
        self.crls = [one for label in self._parts for one in self._crls(self._parts[label])]

    def _name(self, part: Part) -> bytes:
        if part.same_as is not None:
            return self._name(self._parts[part.same_as])
        return part.subject if part.subject is not None else named(("CN", part.label))

    def _certificate(self, part: Part) -> bytes:
        issuer = self._parts[self._above.get(part.label, part.label)]
        signer = issuer.key or issuer.label
        unique = (asn1.encode(0x81, b"\0\x01"), asn1.encode(0x82, b"\0\x02")) if part.unique_ids else ()
        tbs = asn1.encode(
            SEQUENCE,
            asn1.encode(0xA0, asn1.encode_integer(2)),
            asn1.encode_integer(self._serials.get(part.label, 1)),
            _algorithm(signer),
            part.issuer_name or self._name(issuer),
            asn1.encode(SEQUENCE, part.not_before, part.not_after),
            self._name(part),
            _public_key(part),
            *unique,
            asn1.encode(0xA3, asn1.encode(SEQUENCE, *_key_identifiers(part, signer), *_extensions(part))),
        )
        return _signed(tbs, signer, bad=part.bad_signature)

    def _crls(self, part: Part) -> list[bytes]:
        if not part.ca:
            return []
        below = tuple(label for label, above in self._above.items() if above == part.label)
        revoked = tuple(label for label in below if self._parts[label].revoked)
        lists = part.crls if part.crls is not None else (Crl(revoked),)
        return [self._crl(part, one) for one in lists]

    def _crl(self, part: Part, crl: Crl) -> bytes:
        signer = crl.key or part.key or part.label
        entries = [
            one if isinstance(one, Revocation) else Revocation(self._serials[one], crl.reason) for one in crl.revoked
        ]
        tbs = asn1.encode(
            SEQUENCE,
            asn1.encode_integer(1),
            _algorithm(signer),
            crl.name or self._name(part),
            crl.this_update,
            crl.next_update,
            asn1.encode(SEQUENCE, *map(_entry, entries)) if entries else b"",
            asn1.encode(
                0xA0,
                asn1.encode(
                    SEQUENCE,
                    _authority_key(signer),
                    extension("2.5.29.20", False, asn1.encode_integer(5)),
                    *(extension(*one) for one in crl.extensions),
                ),
            ),
        )
        return _signed(tbs, signer, bad=crl.bad_signature)


def _entry(entry: Revocation) -> bytes:
    extensions = []
    if entry.reason is not None:
        extensions.append(extension("2.5.29.21", False, asn1.encode(asn1.ENUMERATED, bytes((entry.reason,)))))
    if entry.unknown_critical:
        extensions.append(extension("2.16.840.1.101.2.1.12.2", True, b"\x05\x00"))
    if entry.issuer is not None:
        extensions.append(extension("2.5.29.29", True, asn1.encode(SEQUENCE, directory(entry.issuer))))
    return asn1.encode(
        SEQUENCE,
        asn1.encode_integer(entry.serial),
        moment(AT - timedelta(days=10)),
        asn1.encode(SEQUENCE, *extensions) if extensions else b"",
    )


def _public_key(part: Part) -> bytes:
    key = private_key(part.key or part.label).public_key()
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if not part.inherits_parameters:
        return bytes(spki)
    algorithm, bits = asn1.sequence(spki)
    return asn1.encode(SEQUENCE, asn1.encode(SEQUENCE, algorithm.children()[0].raw), bits.raw)


@dataclass(frozen=True)
class Case:
    """One test of PKITS. `why` None: valid; else the check that must refuse it.

    `refused`: PKITS calls it valid, and this validator refuses it on purpose. `inputs` are those of RFC 5280 6.1.1.
    `aside`: labels of parts that are at hand and not on the path.
    """

    number: str
    name: str
    why: str | None
    parts: tuple[Part, ...]
    refused: bool = False
    inputs: Mapping[str, Any] | None = None
    aside: frozenset[str] = frozenset()

    @property
    def section(self) -> str:
        return ".".join(self.number.split(".")[:2])


VALID = None


def ca(label: str | None = None, **fields: Any) -> Part:
    """An authority; numbered when it has no label."""
    return Part(label or "CA?", ca=True, **fields)


def again(label: str, **fields: Any) -> Part:
    """A self-issued certificate of an authority: its name, another key."""
    return Part("CA?", ca=True, same_as=label, **fields)


def ee(label: str = "EE", **fields: Any) -> Part:
    """An end entity."""
    return Part(label, ca=False, **fields)


def case(
    number: str,
    name: str,
    why: str | None,
    *parts: Part,
    refused: bool = False,
    aside: Sequence[str] = (),
    **inputs: Any,
) -> Case:
    """A case from its certificates, the first below the trust anchor first. `inputs`: fields of `PolicyInputs`."""
    numbered = tuple(
        replace(part, label=f"CA{position}") if part.label == "CA?" else part for position, part in enumerate(parts, 1)
    )
    return Case(number, name, why, numbered, refused, inputs or None, frozenset(aside))
