import pypdfium2 as pdfium
import pytest

from itaku.benchmarks import certificate
from itaku.issuance.certificates.readback import compare, read_back


# WeasyPrint leaves its colour profile open; that is not ours to mend.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_alternative_makes_the_same_page_and_both_are_measured_on_changing_content():
    desk = certificate._Desk(seed=1)
    assert desk.content() != desk.content()
    content, binding = desk.content(), desk.binding()
    pdf = certificate._weasyprint_and_pyhanko(desk)(content, binding)
    document = pdfium.PdfDocument(pdf)
    page = document[0]
    text_page = page.get_textpage()
    text = "".join(text_page.get_text_range().split())
    text_page.close()
    page.close()
    document.close()
    assert "この写しは、住民票の原本と相違ないことを証明する。" in text
    assert "".join(content.people[0].name.split()) in text


def test_what_is_measured_is_a_certificate_that_passes_its_own_read_back():
    desk = certificate._Desk(seed=2)
    renderer = certificate.Renderer(desk.issuer, desk.code_signer, certificate.installed_font())
    content, binding = desk.content(), desk.binding()
    pdf = renderer.render(content, binding, certificate._DAY, certificate._AT).pdf
    compare(read_back(pdf), content, binding, desk.issuer)
