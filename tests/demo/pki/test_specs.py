import pytest

from trustreg.demo.pki.specs import (
    ProviderSpec,
    ServiceKind,
    ServiceSpec,
    provider_from_json,
    provider_to_json,
)


def test_japanese_provider_needs_a_valid_number_and_a_foreign_one_keeps_its_own():
    with pytest.raises(ValueError, match="corporate number"):
        ProviderSpec("p", "あ", "A", "1000012050002", ())
    assert ProviderSpec("p", "あ", "A", "HRB 4711", (), country="DE").registrant_id == "NTRDE-HRB 4711"
    assert ProviderSpec("p", "あ", "A", "7000012050002", ()).registrant_id == "NTRJP-7000012050002"


@pytest.mark.parametrize("key", ["../up", "A", "", "a/b", "-a"])
def test_keys_that_would_leave_the_folder_are_refused(key):
    with pytest.raises(ValueError, match="service key"):
        ServiceSpec(key, "あ", "A", ServiceKind.TSA)


def test_provider_survives_the_manifest():
    provider = ProviderSpec("p", "あ", "A", "7000012050002", (ServiceSpec("s", "い", "B", ServiceKind.TSA),))
    assert provider_from_json(provider_to_json(provider)) == provider
