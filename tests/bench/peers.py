"""Starts the peers beside a site, and the rows that measure them."""
import os
import pathlib
import shutil
import subprocess

from site_of_bench import BUILD, HERE, ROOT, wait_until

# The last version whose check was asked by FastCGI, built from the history by `make bench`.
EARLIER = ROOT / "build/versions" / "8b49e67"

# A child of PHP-FPM holds the connection that nginx keeps. With fewer children than connections the rest
# are never served, which wrk does not count: rates and latencies would be those of the lucky ones.
CONNECTIONS = 64


def npm_install():
    folder = HERE / "peers/node"
    stamp = folder / "node_modules/.package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
        subprocess.run(["npm", "ci", "--silent"], cwd=folder, check=True)


def start_threads(site):
    site.start("threads", [str(BUILD / "tests/bench/threads"), site.path("threads.sock"), site.path("redis.sock")])
    site.wait_for_socket("threads.sock")


def start_php(site):
    program = sorted(str(p) for p in pathlib.Path("/usr/sbin").glob("php-fpm*"))[-1]
    conf = site.path("php-fpm.conf")
    pathlib.Path(conf).write_text(f"""[global]
error_log = {site.path('php-fpm.log')}
daemonize = no
[www]
listen = {site.path('php.sock')}
listen.mode = 0666
pm = static
pm.max_children = {CONNECTIONS}
pm.max_requests = 0
catch_workers_output = no
{'user = root' if os.getuid() == 0 else ''}
""")
    site.start("php", [program, "-F", "-y", conf, *(["-R"] if os.getuid() == 0 else []),
                       "-d", "opcache.enable=1", "-d", "opcache.validate_timestamps=0"])
    site.wait_for_socket("php.sock")


def start_node(site, name, *arguments):
    site.start(name, [shutil.which("node"), str(HERE / f"peers/node/{name}.mjs"), site.path(f"{name}.sock"), site.path("redis.sock"),
                      *arguments], env={**os.environ, "NODE_ENV": "production"})
    log = pathlib.Path(site.path(f"{name}.log"))
    wait_until(lambda: "ready" in log.read_text(), name, 120)


def start_lua(site):
    site.start_nginx("lua", HERE / "peers/lua/nginx.conf")
    wait_until(lambda: site.get("/check", nginx="lua")[0] == 401, "nginx with Lua")


def start_application(site):
    """The application, and what guards it: this version, and the earlier one, which nginx asked by FastCGI, where it is there."""
    for name in ("application", "yes"):
        site.start_nginx(name, HERE / "application.conf")
        site.wait_for_socket(f"{name}.sock")
    site.start_nginx("guarded", HERE / "guarded.conf", ROOT / "nginx", site.state)
    if EARLIER.exists():
        folder = site.state / "earlier"
        folder.mkdir()
        site.start("earlier worker", [str(EARLIER / "build/release/sessiond"), "--config", "/dev/null", "--redis", site.path("redis.sock"),
                                      "--listen", f"{folder}/public.sock", "--listen-internal", f"{folder}/internal.sock",
                                      *site.threads, "--log-level", "warning"])
        site.wait_for_socket("earlier/internal.sock")
        site.start_nginx("earlier", HERE / "guarded.conf", EARLIER / "nginx", folder)
    for name in ("guarded", "earlier") if EARLIER.exists() else ("guarded",):
        wait_until(lambda: site.get("/", nginx=name)[0] == 401, name)


def start_peers(site, users, sessions):
    npm_install()
    start_threads(site)
    start_php(site)
    start_node(site, "fastify")
    start_node(site, "better-auth", site.path("cookies"), str(users), str(sessions))
