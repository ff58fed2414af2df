"""`python -m itaku.desk SETTINGS.toml`: the desk, by granian.

`migrate`: its tables alone; `notices`: one round; `codes-lost`: gives up code devices whose key is lost for good.
"""

from __future__ import annotations

import http.client
import os
import sys
import threading
import time
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from itaku.basis.errors import ItakuError
from itaku.desk.configuration import configure, desk_settings
from itaku.desk.settings import SETTINGS_VARIABLE, DeskSettings
from itaku.store.ready import report_ready

_PATIENCE_S = 0.1


def main(arguments: list[str]) -> int:
    """Runs the desk until it is told to stop; 2 for wrong arguments, 1 for an error that says what to do."""
    if len(arguments) not in {2, 3} or arguments[2:] not in ([], ["migrate"], ["notices"], ["codes-lost"]):
        sys.stderr.write("usage: python -m itaku.desk SETTINGS.toml [migrate | notices | codes-lost]\n")
        return 2
    os.environ[SETTINGS_VARIABLE] = str(Path(arguments[1]).absolute())
    settings = desk_settings()
    try:
        configure(settings)
        from itaku.desk.beginning import begin  # noqa: PLC0415 models need Django's settings

        begin(settings, codes_lost=arguments[2:] == ["codes-lost"])
    except ItakuError as error:
        sys.stderr.write(f"{error.ja}\n{error}\n")
        return 1
    if arguments[2:] in (["migrate"], ["codes-lost"]):
        return 0
    if arguments[2:] == ["notices"]:
        from itaku.desk.notices.rounds import one_round  # noqa: PLC0415 as above

        one_round()
        return 0
    threading.Thread(target=_tell_when_it_serves, args=(settings,), daemon=True).start()
    Granian(
        "itaku.desk.wsgi:application",
        address=settings.page_host,
        port=settings.page_port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.threads,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        websockets=False,
    ).serve()
    return 0


def _tell_when_it_serves(settings: DeskSettings) -> None:
    """Reports ready as soon as a page is answered."""
    while True:
        line = http.client.HTTPConnection(settings.page_host, settings.page_port, timeout=5)
        try:
            line.request("GET", "/sign-in/")
            if line.getresponse().status == 200:
                report_ready()
                return
        except OSError:
            pass
        finally:
            line.close()
        time.sleep(_PATIENCE_S)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
