"""pgbouncer of Debian in front of a private cluster, in transaction mode."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from postgres_cluster import Cluster, free_port

SETTINGS = """[databases]
* = host=127.0.0.1 port={behind} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
logfile = {folder}/log
"""


@contextmanager
def bouncer(cluster: Cluster) -> Iterator[Cluster]:
    """The same databases, at another port."""
    folder, port = Path(tempfile.mkdtemp(prefix="rvosbench-pgbouncer-")), free_port()
    settings = folder / "pgbouncer.ini"
    settings.write_text(SETTINGS.format(behind=cluster.port, port=port, folder=folder))
    command = ["pgbouncer", "-q", str(settings)]
    if os.geteuid() == 0:  # it refuses to run as root
        user = pwd.getpwnam("postgres")
        for path in (folder, settings):
            os.chown(path, user.pw_uid, user.pw_gid)
        command = ["runuser", "-u", "postgres", "--", *command]
    process = subprocess.Popen(command, env=os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin"})
    try:
        _wait(f"postgresql://postgres@127.0.0.1:{port}/postgres", time.monotonic() + 30)
        yield Cluster(folder, port)
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str, until: float) -> None:
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            assert time.monotonic() < until
            time.sleep(0.1)
