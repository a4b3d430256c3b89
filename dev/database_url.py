"""Print DATABASE_URL as the variables of libpq, for a shell to evaluate."""

import os
import shlex
from urllib.parse import parse_qs, unquote, urlsplit

url = urlsplit(os.environ["DATABASE_URL"])
settings = {
    "PGHOST": url.hostname or parse_qs(url.query).get("host", ["localhost"])[0],
    "PGPORT": str(url.port or 5432),
    "PGUSER": unquote(url.username or ""),
    "PGPASSWORD": unquote(url.password or ""),
}
for name, value in settings.items():
    if value:
        print(f"export {name}={shlex.quote(value)}")
