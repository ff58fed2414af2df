"""The municipality's answer that a certificate is withheld (交付しない), with the refusal that says why."""

from __future__ import annotations

from itaku.basis.errors import ItakuError
from itaku.issuance.protocol.refusals import REFUSALS


class Withheld(ItakuError):  # noqa: N818 an answer to the resident, not a fault
    """The certificate is withheld. Code, temper and words are those of the refusal; `ValueError` if there is none."""

    def __init__(self, code: str) -> None:
        super().__init__()
        refusal = REFUSALS.get(code)
        if refusal is None:
            raise ValueError(f"no such refusal: {code}")
        # Each instance has its own code, where other errors have one for their class.
        self.__dict__.update(code=code, temper=refusal.temper, ja=refusal.ja, en=refusal.en)
