"""Every refusal that a node can answer: a stable code, what may be done, and words for the resident."""

from __future__ import annotations

from typing import NamedTuple

from itaku.basis.errors import Temper

_R, _F, _D = Temper.RETRYABLE, Temper.FINAL, Temper.DUPLICATE


class Refusal(NamedTuple):
    """One code of the catalogue: temper, what happened and what to do next, in Japanese and English."""

    temper: Temper
    ja: str
    next_ja: str
    en: str
    next_en: str


_WINDOW = ("市役所の窓口で手続きできます。", "You can get it at the city office counter.")
_LATER = ("しばらくしてから、もう一度お試しください。", "Please try again in a little while.")
_STAFF = ("店員に画面の受付番号を伝えてください。", "Please tell the staff the case number on the screen.")

REFUSALS: dict[str, Refusal] = {
    # service
    "outside_hours": Refusal(
        _R,
        "いまは取り扱い時間外です。",
        "毎日6時30分から23時まで（12月29日から1月3日を除く）にご利用ください。",
        "The service is closed now.",
        "Open daily 6:30-23:00, except 29 December to 3 January.",
    ),
    "outside_kind_hours": Refusal(
        _R,
        "この証明書は、いま取り扱い時間外です。",
        "取り扱い時間にご利用ください。",
        "This certificate is not issued at this time of day.",
        "Please come during its hours.",
    ),
    "stopped": Refusal(
        _R,
        "この証明書の交付はいま停止しています。",
        _LATER[0],
        "This certificate is not issued at the moment.",
        _LATER[1],
    ),
    "busy": Refusal(_R, "たいへん混み合っています。", _LATER[0], "The service is very busy.", _LATER[1]),
    "record_unavailable": Refusal(
        _R,
        "記録を書けないため、新しい受付を止めています。",
        _LATER[0],
        "New requests are stopped because the record cannot be written.",
        _LATER[1],
    ),
    "network_gone": Refusal(
        _R, "センターとの通信が切れています。", _LATER[0], "The connection to the center is down.", _LATER[1]
    ),
    "center_unavailable": Refusal(
        _R, "証明書交付センターが応答しません。", _LATER[0], "The issuing center does not answer.", _LATER[1]
    ),
    "municipality_unavailable": Refusal(
        _R, "市区町村のシステムが応答しません。", _LATER[0], "The municipality's system does not answer.", _LATER[1]
    ),
    "municipality_unknown": Refusal(
        _F,
        "お住まいの市区町村はこのサービスに参加していません。",
        _WINDOW[0],
        "Your municipality does not take part in this service.",
        _WINDOW[1],
    ),
    "build_not_approved": Refusal(
        _F,
        "この機械のプログラムは承認された版ではありません。",
        "別の機械をご利用ください。",
        "This machine does not run an approved program.",
        "Please use another machine.",
    ),
    "clock_apart": Refusal(
        _R,
        "機械の時計が合っていません。",
        "別の機械をご利用ください。",
        "The clocks of the machines disagree.",
        "Please use another machine.",
    ),
    # card
    "card_unreadable": Refusal(
        _R,
        "カードを読み取れませんでした。",
        "カードを置き直してください。",
        "The card could not be read.",
        "Please place the card again.",
    ),
    "card_removed": Refusal(
        _R,
        "カードが途中で離れました。",
        "はじめからやり直してください。",
        "The card was taken away too early.",
        "Please start again.",
    ),
    "card_old_juki": Refusal(
        _F,
        "住民基本台帳カードの取り扱いは終わりました。",
        "マイナンバーカードをご利用ください。",
        "The Basic Resident Register Card is no longer accepted.",
        "Please use a My Number Card.",
    ),
    "card_phone": Refusal(
        _F,
        "スマートフォンの電子証明書は、この機械では使えません。",
        "マイナンバーカードを置いてください。",
        "The certificate in a phone cannot be used at this machine.",
        "Please place a My Number Card.",
    ),
    "card_unsupported": Refusal(
        _F,
        "このカードは使えません。",
        "マイナンバーカードを置いてください。",
        "This card cannot be used.",
        "Please place a My Number Card.",
    ),
    "card_expired": Refusal(
        _F,
        "カードの電子証明書の有効期限が切れています。",
        "市役所の窓口で更新できます。",
        "The card's electronic certificate has expired.",
        "It can be renewed at the city office.",
    ),
    "card_not_yet_valid": Refusal(
        _F,
        "カードは発行の翌日から使えます。",
        "あす以降にご利用ください。",
        "The card can be used from the day after issue.",
        "Please come again from tomorrow.",
    ),
    "card_revoked": Refusal(
        _F,
        "カードの電子証明書は失効しています。",
        "市役所の窓口で発行し直せます。",
        "The card's electronic certificate has been revoked.",
        "The city office can issue a new one.",
    ),
    "revocation_list_stale": Refusal(
        _R,
        "カードが失効していないかを、いま確かめられません。",
        _LATER[0],
        "It cannot be confirmed now that the card has not been revoked.",
        _LATER[1],
    ),
    "card_status_unknown": Refusal(
        _R,
        "カードの有効性の問い合わせに、答えがありません。",
        _LATER[0],
        "The inquiry about the card's validity was not answered.",
        _LATER[1],
    ),
    "card_unknown_issuer": Refusal(
        _F,
        "カードの電子証明書の発行元を確かめられません。",
        _WINDOW[0],
        "The issuer of the card's certificate cannot be confirmed.",
        _WINDOW[1],
    ),
    "pin_wrong": Refusal(
        _R,
        "暗証番号が違います。",
        "残りの回数を確かめて、もう一度入力してください。",
        "The PIN is not correct.",
        "Check the tries left, then enter it again.",
    ),
    "pin_blocked": Refusal(
        _F,
        "暗証番号を続けて間違えたため、カードがロックされました。",
        "市役所の窓口か、コンビニの初期化端末で解除できます。",
        "The card is locked after too many wrong PINs.",
        "It can be unlocked at the city office.",
    ),
    # application
    "signature_invalid": Refusal(
        _F,
        "カードの署名を確かめられませんでした。",
        "はじめからやり直してください。",
        "The card's signature could not be verified.",
        "Please start again.",
    ),
    "challenge_expired": Refusal(
        _R,
        "受け付けてから時間がたちました。",
        "はじめからやり直してください。",
        "Too much time has passed.",
        "Please start again.",
    ),
    "digest_mismatch": Refusal(
        _F,
        "申請の内容が途中で変わったため、止めました。",
        "はじめからやり直してください。",
        "The application changed on its way and was stopped.",
        "Please start again.",
    ),
    "fee_changed": Refusal(
        _R, "手数料が変わりました。", "はじめからやり直してください。", "The fee has changed.", "Please start again."
    ),
    "option_not_allowed": Refusal(
        _F,
        "選べない項目が含まれています。",
        "はじめからやり直してください。",
        "A choice is not allowed.",
        "Please start again.",
    ),
    # resident
    "resident_unknown": Refusal(
        _F, "このカードの方の記録が見つかりません。", _WINDOW[0], "No record was found for this card.", _WINDOW[1]
    ),
    "moved_out": Refusal(
        _F,
        "転出の届け出があるため、ここでは交付できません。",
        _WINDOW[0],
        "A moving-out notice is on file, so it cannot be issued here.",
        _WINDOW[1],
    ),
    "dv_protected": Refusal(
        _F, "この証明書はここでは交付できません。", _WINDOW[0], "This certificate cannot be issued here.", _WINDOW[1]
    ),
    "deceased": Refusal(
        _F, "この証明書はここでは交付できません。", _WINDOW[0], "This certificate cannot be issued here.", _WINDOW[1]
    ),
    "character_pending": Refusal(
        _F,
        "お名前の文字を登録しているところです。",
        _WINDOW[0],
        "A character of the name is being registered.",
        _WINDOW[1],
    ),
    "glyph_missing": Refusal(
        _F,
        "この機械では正しく印刷できない文字が含まれています。",
        _WINDOW[0],
        "The record has a character that cannot be printed correctly here.",
        _WINDOW[1],
    ),
    "text_too_long": Refusal(
        _F, "記載が長く、用紙に収まりません。", _WINDOW[0], "The text is too long for the form.", _WINDOW[1]
    ),
    "move_in_today": Refusal(
        _F,
        "転入の届け出をした日は交付できません。",
        "あす以降にご利用ください。",
        "It cannot be issued on the day of moving in.",
        "Please come again from tomorrow.",
    ),
    "planned_leaver": Refusal(
        _F,
        "世帯に転出予定の方がいるため、ここでは交付できません。",
        _WINDOW[0],
        "A member of the household is about to move out, so it cannot be issued here.",
        _WINDOW[1],
    ),
    "under_15": Refusal(
        _F, "15歳未満の方は利用できません。", _WINDOW[0], "People under 15 cannot use this service.", _WINDOW[1]
    ),
    "seal_not_registered": Refusal(
        _F,
        "印鑑が登録されていません。",
        "市役所の窓口で登録できます。",
        "No seal is registered.",
        "You can register one at the city office.",
    ),
    "members_none": Refusal(
        _F,
        "選んだ方が世帯にいません。",
        "選び直してください。",
        "Nobody in the household matches the choice.",
        "Please choose again.",
    ),
    "record_incomplete": Refusal(
        _F,
        "記録に欠けた項目があるため、交付を止めました。",
        _WINDOW[0],
        "The record lacks a required item, so it is withheld.",
        _WINDOW[1],
    ),
    "fiscal_year_not_offered": Refusal(
        _R,
        "この年度の証明書は、いま取り扱っていません。",
        "はじめからやり直してください。",
        "The certificate of this fiscal year is not issued now.",
        "Please start again.",
    ),
    "tax_not_assessed": Refusal(
        _F,
        "この年度の税の記録がありません（1月1日に市内にお住まいではありませんでした）。",
        "その年の1月1日にお住まいだった市区町村にお尋ねください。",
        "There is no tax record for this year (you did not live here on 1 January).",
        "Please ask the municipality where you lived on 1 January of that year.",
    ),
    "tax_filing_pending": Refusal(
        _F,
        "申告の内容を処理しているところです。",
        _WINDOW[0],
        "A tax return is being processed.",
        _WINDOW[1],
    ),
    "tax_undeclared": Refusal(
        _F,
        "申告がないため、所得を証明できません。",
        "市役所の税の窓口で申告すると、受け取れます。",
        "No return was filed, so the income cannot be certified.",
        "File a return at the city's tax counter to get it.",
    ),
    "register_foreign": Refusal(
        _F,
        "外国籍の方には戸籍がありません。",
        "住民票の写しをご利用ください。",
        "Foreign residents have no family register.",
        "Please use the copy of resident record.",
    ),
    "register_elsewhere": Refusal(
        _F,
        "戸籍（本籍）がこの市区町村にないか、確かめられません。",
        "「ほかの市区町村の戸籍」を選ぶか、本籍のある市区町村にお尋ねください。",
        "Your family register is not kept here, or this cannot be confirmed.",
        "Choose “Family register elsewhere”, or ask the municipality of your registered domicile.",
    ),
    # use of a registry municipality (利用登録)
    "registration_none": Refusal(
        _F,
        "この市区町村の利用登録がありません。",
        "はじめに利用登録を申請してください。",
        "You are not registered to use this municipality's service.",
        "Please apply for registration first.",
    ),
    "registration_under_review": Refusal(
        _R,
        "利用登録の申請を確認しているところです。",
        "確認がすんでから、もう一度お越しください。",
        "Your application for registration is being reviewed.",
        "Please come again when the review is done.",
    ),
    "registration_waiting": Refusal(
        _R,
        "利用登録は確認できましたが、まだ使える日になっていません。",
        "使える日になってから、もう一度お越しください。",
        "Your registration is confirmed, but its first day of use has not come yet.",
        "Please come again from that day.",
    ),
    "registration_refused": Refusal(
        _F,
        "利用登録は認められませんでした。",
        "本籍のある市区町村の戸籍の窓口にお尋ねください。",
        "Your application for registration was not granted.",
        "Please ask the family register counter of the municipality of your registered domicile.",
    ),
    "registration_lapsed": Refusal(
        _F,
        "利用登録の効力がなくなりました（カードや戸籍が変わったときなど）。",
        "もう一度、利用登録を申請してください。",
        "Your registration has lapsed, for example because the card or the register changed.",
        "Please apply for registration again.",
    ),
    "registration_in_effect": Refusal(
        _D,
        "このカードはすでに利用登録されています。",
        "戸籍の証明書を選んでください。",
        "This card is registered already.",
        "Please choose a family register certificate.",
    ),
    "registration_too_often": Refusal(
        _R,
        "きょう申請できる回数を超えました。",
        "あす以降にもう一度お試しになるか、本籍のある市区町村にお尋ねください。",
        "You have applied too often today.",
        "Please try again from tomorrow, or ask the municipality of your registered domicile.",
    ),
    "register_not_found": Refusal(
        _F,
        "入力された内容から、戸籍を確かめられませんでした。",
        "本籍と筆頭者を住民票の写しなどで確かめて、もう一度申請してください。",
        "No family register could be confirmed from what was entered.",
        "Check the registered domicile and the head of the register, for example on a copy of resident record, "
        "and apply again.",
    ),
    "claims_unreadable": Refusal(
        _F,
        "入力された内容を、市区町村が読み取れませんでした。",
        "別の機械をご利用ください。",
        "The municipality could not read what was entered.",
        "Please use another machine.",
    ),
    "register_closed": Refusal(
        _F,
        "この戸籍は除籍になっています。",
        _WINDOW[0],
        "This family register has been closed.",
        _WINDOW[1],
    ),
    "register_moved": Refusal(
        _F,
        "あなたは別の戸籍に移っています。",
        "新しい本籍のある市区町村にお尋ねください。",
        "You have moved to another family register.",
        "Please ask the municipality of your new registered domicile.",
    ),
    "register_filing_pending": Refusal(
        _F,
        "戸籍の届け出を処理しているところです。",
        "数日たってから、もう一度お試しください。",
        "A notice to the family register is being processed.",
        "Please try again in a few days.",
    ),
    "replica_stale": Refusal(
        _R,
        "市区町村の記録が最新と確かめられません。",
        _LATER[0],
        "The municipality's record cannot be confirmed to be current.",
        _LATER[1],
    ),
    "render_failed": Refusal(
        _R, "証明書を作れませんでした。", _LATER[0], "The certificate could not be prepared.", _LATER[1]
    ),
    "readback_mismatch": Refusal(
        _F,
        "できた証明書が記録と合わないため、交付を止めました。",
        _WINDOW[0],
        "The finished certificate did not match the record and was withheld.",
        _WINDOW[1],
    ),
    "document_mismatch": Refusal(
        _F,
        "届いた証明書を確かめられないため、交付を止めました。",
        "別の機械をご利用ください。",
        "The certificate that arrived could not be verified and was withheld.",
        "Please use another machine.",
    ),
    # devices
    "printer_not_ready": Refusal(
        _R,
        "プリンターの準備ができていません。",
        "店員にお知らせください。",
        "The printer is not ready.",
        "Please tell the staff.",
    ),
    "paper_jam": Refusal(_F, "用紙がつまりました。", _STAFF[0], "The paper is jammed.", _STAFF[1]),
    "paper_out": Refusal(_F, "用紙がなくなりました。", _STAFF[0], "The printer is out of paper.", _STAFF[1]),
    "cover_open": Refusal(
        _F, "プリンターのカバーが開いています。", _STAFF[0], "The printer's cover is open.", _STAFF[1]
    ),
    "printing_unconfirmed": Refusal(
        _F, "印刷できたかを確かめています。", _STAFF[0], "We are checking whether it was printed.", _STAFF[1]
    ),
    "misprint": Refusal(
        _F,
        "正しく印刷されていない用紙がありました。全部を無効にして、お金をお返ししました。",
        "もう一度、はじめから申請してください。",
        "A sheet was not printed correctly. The whole set is void and the fee was paid back.",
        "Please apply again from the start.",
    ),
    "not_paid": Refusal(
        _R,
        "お支払いがなかったため、終わりました。",
        "はじめからやり直してください。",
        "No payment was made, so the session ended.",
        "Please start again.",
    ),
    "cash_fault": Refusal(_F, "お金の機械に不具合が起きました。", _STAFF[0], "The cash unit has a fault.", _STAFF[1]),
    "cancelled": Refusal(_R, "お客さまの操作でやめました。", "", "You stopped the session.", ""),
    "session_timeout": Refusal(
        _R,
        "操作がなかったため、終わりました。",
        "はじめからやり直してください。",
        "The session ended because nothing was pressed.",
        "Please start again.",
    ),
    "restarted": Refusal(
        _R, "機械が再起動しました。", "はじめからやり直してください。", "The machine restarted.", "Please start again."
    ),
    # the wire
    "malformed": Refusal(
        _F,
        "通信の内容が正しくありません。",
        "別の機械をご利用ください。",
        "The message is malformed.",
        "Please use another machine.",
    ),
    "too_large": Refusal(
        _F,
        "通信の内容が大きすぎます。",
        "別の機械をご利用ください。",
        "The message is too large.",
        "Please use another machine.",
    ),
    "not_allowed": Refusal(_F, "この相手からの要求は受け付けません。", "", "This peer may not make this request.", ""),
    "conflict": Refusal(
        _D,
        "同じ番号で異なる要求が届いたため、止めました。",
        "はじめからやり直してください。",
        "Another request with the same key had other content; it was stopped.",
        "Please start again.",
    ),
    "unknown_issuance": Refusal(
        _F,
        "その受付は見つかりません。",
        "はじめからやり直してください。",
        "No such session is known.",
        "Please start again.",
    ),
    "wrong_state": Refusal(
        _F,
        "この受付では、いまその操作はできません。",
        "はじめからやり直してください。",
        "The session is not at a point where this can be done.",
        "Please start again.",
    ),
    "ended": Refusal(
        _F,
        "この受付はすでに終わっています。",
        "はじめからやり直してください。",
        "This session has already ended.",
        "Please start again.",
    ),
    "internal": Refusal(
        _R,
        "内部で誤りが起きました。",
        "別の機械をご利用ください。",
        "Something went wrong inside.",
        "Please use another machine.",
    ),
}
"""The catalogue. A node answers no code that is not here (`Refused` checks it)."""
