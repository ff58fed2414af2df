"""Holds the entries of a copy against one another: bodies, leaf hashes, chain, numbers; tells which value was altered.

The chain value after an entry commits to all before it. Where it does not follow, the next entry (or checkpoint) tells
what was altered: it builds either on the value that we computed or on the one that was stored. Needs nothing of ours.
"""

from __future__ import annotations

import cbor2

from itaku.record.copy_format import EntryLine
from itaku.record.findings import MAX_FINDINGS, Findings, span
from itaku.record.tree import EMPTY_CHAIN, Frontier, chain_hash, leaf_hash

_FIELDS = {"v", "kind", "at_ms", "entry_id", "facts"}
_COMPUTED, _STORED, _SURE = "computed", "stored", "sure"


class EntryThread:
    """Follows the entries of a copy in one pass; `expected` is the number of the next entry.

    `tree_whole` says whether all entries so far could be read, so that the tree's root may be held against a signature.
    """

    def __init__(self, findings: Findings) -> None:
        self.count = 0
        self.expected = 0
        self.tree_whole = True
        self._findings = findings
        self._frontier = Frontier()
        # What the chain value before the next entry may be; nothing after a hole.
        self._before: list[tuple[bytes, str]] = [(EMPTY_CHAIN, _SURE)]
        self._doubtful: tuple[int, tuple[int, int]] | None = None
        self._unreadable = 0
        self._missing: set[int] = set()

    def unreadable(self) -> None:
        """A line that can only have been an entry's, and cannot be read."""
        place = f"entry {self.expected + self._unreadable}"
        self._findings.add(place, "entry_malformed", "記録の行が壊れています。", "The entry's line is damaged.")
        self._lose_the_thread()
        self._unreadable += 1

    def read(self, entry: EntryLine, size: int | None) -> None:
        """The next entry; `size` is the number of entries that the header promises, if it can be read."""
        self.count += 1
        computed = None if entry.body is None else leaf_hash(entry.body)
        leaf = self._fitting(entry, computed)
        if leaf is None and entry.seq is not None and entry.seq != self.expected and (size is None or entry.seq < size):
            if entry.seq < self.expected:
                self._out_of_order(entry.seq)
                return
            self._skip_to(entry.seq)
        place = f"entry {self.expected}"
        self._name_malformed(place, entry)
        self._settle_doubt(entry, leaf)
        self._name_altered(place, entry, computed, leaf)
        if entry.body is not None and not _is_entry(entry.body):
            self._findings.add(place, "body_unreadable", "内容を読めません。", "Its body is not an entry.")
        self._advance(entry, computed, leaf)

    def signed(self, size: int, chain: bytes, root: bytes, covered: int, by: str) -> bool:
        """Holds what was read against a good signature; false if the signature stands at the wrong place.

        `covered` is the size that the signature before this one covered, `by` names the checkpoint.
        """
        if size > self.expected:
            self._skip_to(size)
        elif size < self.expected:
            return False
        else:
            self._hold_against(chain, by)
            if self.tree_whole and self._frontier.root() != root:
                en = f"Something in them was altered: their root is not the one that {by} signed."
                place = span("entry", "entries", covered, size) if covered < size else by
                self._findings.add(place, "root_not_signed", "記録の根が署名と合いません。", en)
                self.tree_whole = False
        self._before = [(chain, _SURE)]
        self._unreadable = 0
        return True

    def end(self, size: int) -> None:
        """The end of the copy, which promised `size` entries."""
        self._give_up_doubt()
        if self.expected + self._unreadable < size:
            self._skip_to(size)
        elif self.expected > size:
            self._findings.add(
                "header", "header_outdated", "見出しと写しの終わりが合いません。", f"It ends at {size} entries.", (0, 0)
            )

    def _fitting(self, entry: EntryLine, computed: bytes | None) -> bytes | None:
        """The leaf hash (computed or stored) with which the chain value follows from the one before."""
        for before, _ in self._before:
            for leaf in (computed, entry.leaf):
                if leaf is not None and chain_hash(before, leaf) == entry.chain:
                    return leaf
        return None

    def _out_of_order(self, seq: int) -> None:
        if seq in self._missing:
            self._missing.discard(seq)
            self._findings.add(
                f"entry {seq}", "entry_misplaced", "記録の順序が違います。", "It stands in the wrong order."
            )
        else:
            self._findings.add(
                f"entry {seq}", "entry_doubled", "記録が二重にあります。", "It stands here a second time."
            )

    def _skip_to(self, seq: int) -> None:
        first = self.expected + self._unreadable
        self._lose_the_thread()
        if first < seq:
            self._findings.add(
                span("entry", "entries", first, seq), "entry_missing", "記録が抜けています。", "Missing."
            )
            self._missing.update(range(first, min(seq, first + MAX_FINDINGS)))
        self.expected = seq

    def _lose_the_thread(self) -> None:
        """After a hole the tree cannot be recomputed; the chain is taken up again from the next stored value."""
        self._give_up_doubt()
        self.tree_whole = False
        self._before = []

    def _name_malformed(self, place: str, entry: EntryLine) -> None:
        for name in entry.malformed:
            self._findings.add(
                place, f"{name}_malformed", f"{name}の値が壊れています。", f"Its {name} is not in its form."
            )
        if entry.seq not in {None, self.expected}:
            en = f"Its number was altered (it says {entry.seq})."
            self._findings.add(place, "seq_altered", "番号が書き換えられています。", en)

    def _name_altered(self, place: str, entry: EntryLine, computed: bytes | None, leaf: bytes | None) -> None:
        if computed is not None and entry.leaf is not None and computed != entry.leaf:
            if leaf is None:
                en = "Its body and its leaf hash disagree."
                self._findings.add(place, "body_or_leaf_altered", "内容とハッシュ値が合いません。", en)
            elif leaf == entry.leaf:
                self._findings.add(place, "body_altered", "内容が書き換えられています。", "Its body was altered.")
            else:
                self._findings.add(
                    place, "leaf_altered", "ハッシュ値が書き換えられています。", "Its leaf hash was altered."
                )
        elif leaf is None and self._before and entry.chain is not None:
            self._doubtful = (self.expected, self._findings.region)

    def _settle_doubt(self, entry: EntryLine, leaf: bytes | None) -> None:
        """The entry before did not give its chain value; the present one tells which of the two was altered."""
        if self._doubtful is None:
            return
        labels = [label for before, label in self._before if leaf and chain_hash(before, leaf) == entry.chain]
        self._blame(labels[0] if labels else "")

    def _give_up_doubt(self) -> None:
        if self._doubtful is not None:
            self._blame("")

    def _blame(self, label: str) -> None:
        assert self._doubtful is not None, "asked only in doubt"
        seq, region = self._doubtful
        self._doubtful = None
        if label == _COMPUTED:
            en = "Its stored chain value was altered."
            self._findings.add(f"entry {seq}", "chain_altered", "連鎖値が書き換えられています。", en, region)
            return
        self.tree_whole = False
        place = span("entry", "entries", max(seq - 1, 0), seq + 1)
        if label == _STORED:
            en = "One of them was replaced: the later does not follow from the earlier."
            self._findings.add(place, "entry_replaced", "記録が差し替えられています。", en, region)
        else:
            en = "The later does not follow from the earlier: an entry, a chain value or the order was altered."
            self._findings.add(place, "chain_broken", "前の記録とつながりません。", en, region)

    def _advance(self, entry: EntryLine, computed: bytes | None, leaf: bytes | None) -> None:
        """Takes the entry into tree and chain, as far as it can be trusted."""
        stands = leaf or (computed if entry.leaf in {None, computed} else None) or (None if computed else entry.leaf)
        if stands is None:
            self._lose_the_thread()
        elif self.tree_whole:
            self._frontier.append(stands)
        follow = [] if stands is None else [(chain_hash(before, stands), _COMPUTED) for before, _ in self._before]
        if self._doubtful is not None and entry.chain is not None:
            self._before = [*follow, (entry.chain, _STORED)]
        elif entry.chain is not None:
            self._before = [(entry.chain, _SURE)]
        else:
            self._before = follow
        self.expected += 1
        self._unreadable = 0

    def _hold_against(self, chain: bytes, by: str) -> None:
        labels = [label for value, label in self._before if value == chain]
        if self._doubtful is not None:
            self._blame(labels[0] if labels else "")
        elif self._before and not labels:
            place = f"entry {self.expected - 1}" if self.expected else by
            en = f"The chain value after it is not the one that {by} signed."
            self._findings.add(place, "chain_not_signed", "連鎖値が署名と合いません。", en)
            self.tree_whole = False


def _is_entry(body: bytes) -> bool:
    try:
        value = cbor2.loads(body)
        return isinstance(value, dict) and set(value) == _FIELDS and isinstance(value["entry_id"], bytes)
    except Exception:  # noqa: BLE001 whatever a decoder raises on foreign bytes, they are no entry
        return False
