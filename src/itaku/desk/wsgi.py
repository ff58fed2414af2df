"""The desk's WSGI application, as a worker of the server loads it."""

from __future__ import annotations

from itaku.desk.configuration import configure, desk_settings

configure(desk_settings())

from django.core.wsgi import get_wsgi_application  # noqa: E402 Django reads its settings when it is imported

from itaku.desk.notices.rounds import start_thread  # noqa: E402 as above

application = get_wsgi_application()
start_thread()
