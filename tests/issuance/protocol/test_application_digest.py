"""The application digest is put together from parts, and is the digest of the whole in its canonical encoding."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from itaku.basis.canonical import digest
from itaku.issuance.protocol.digests import application_digest
from itaku.issuance.protocol.kinds import OPTIONS_TYPE, Kind
from itaku.issuance.protocol.messages import Application


def options_of(kind):
    years = {"fiscal_year": 2026} if "fiscal_year" in OPTIONS_TYPE[kind].__struct_fields__ else {}
    chosen = OPTIONS_TYPE[kind](**years)
    names = [name for name in OPTIONS_TYPE[kind].__struct_fields__ if getattr(chosen, name) is False]
    return [chosen, *(msgspec.structs.replace(chosen, **{name: True}) for name in names)]


OPTIONS = [options for kind in Kind for options in options_of(kind)]


@given(
    st.builds(
        Application,
        issuance_id=st.binary(min_size=16, max_size=16),
        challenge=st.binary(min_size=32, max_size=32),
        kiosk=st.from_regex(r"[a-z0-9][a-z0-9-]{0,31}", fullmatch=True),
        municipality=st.from_regex(r"[0-9]{6}", fullmatch=True),
        options=st.sampled_from(OPTIONS),
        copies=st.integers(1, 10),
        fee_yen=st.integers(0, 1_000_000),
        session_key=st.binary(max_size=40) | st.binary(min_size=1216, max_size=1216),
    )
)
def test_the_digest_put_together_from_parts_is_that_of_the_whole_in_its_canonical_encoding(application):
    plain = msgspec.structs.asdict(application)
    plain["options"] = msgspec.to_builtins(application.options)
    plain["kind"] = plain["options"].pop("type")
    assert application_digest(application) == digest("itaku/application/v1", plain)
