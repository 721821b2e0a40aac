"""Signs people in by password or GitHub, and has sessiond mint their sessions. How to set it up: login-server.conf."""
import argon2, base64, hashlib, httpx, json, logging, os, pathlib, re, secrets, time, werkzeug, urllib.parse as url
def setting(name, default=""): return os.environ.get("LOGIN_" + name, default)
def read(file): return pathlib.Path(file).read_text()
ORIGIN, SOCKET = setting("ORIGIN"), setting("SESSIOND", "/run/sessiond/internal.sock")
GITHUB, API = setting("GITHUB", "https://github.com/login/oauth"), setting("GITHUB_API", "https://api.github.com")
CLIENT = {"client_id": setting("GITHUB_ID"), "redirect_uri": ORIGIN + "/login"}
HERE = re.compile(rf"({re.escape(ORIGIN)})?/(?!/)[!-\[\]-~]{{0,1000}}")  # a page of this site: no backslash, no space
COOKIE = "{}={}; Path={}; Max-Age={}; Secure; HttpOnly; SameSite=Lax"
HEADERS = {"Cache-Control": "no-store", "Content-Type": "text/html; charset=utf-8"}
def s256(text): return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
def page(status, text=""): return werkzeug.Response(read("page.html").replace("{{message}}", text), status, HEADERS)
def redirect(to, *cookies): return werkzeug.Response("", 303, {"Location": to, "Set-Cookie": cookies, **HEADERS})
TRANSPORT = httpx.HTTPTransport(uds=SOCKET, limits=httpx.Limits(max_keepalive_connections=0))
def sessiond(method, path, **more):  # with a client of its own each time, for a client keeps the cookies that it gets
    return httpx.Client(transport=TRANSPORT, timeout=3).request(method, "http://sessiond/internal/v1/" + path, **more)
def by_password(users, name, password):  # for an unknown name another's hash is tried, so that it takes as long
    try: argon2.PasswordHasher().verify(users.get(name, next(iter(users.values())))["password"], password)
    except argon2.exceptions.VerificationError: return None
    return users[name]["user"] if name in users else None
def to_github(rd):  # PKCE's verifier stays in a cookie; its hash is the challenge, and the state that has to come back
    verifier = secrets.token_urlsafe()
    query = {**CLIENT, "state": s256(verifier), "code_challenge": s256(verifier), "code_challenge_method": "S256"}
    cookie = COOKIE.format("__Host-login", f"{verifier}.{url.quote(rd[:1300], '')}", "/", 600)
    return redirect(f"{GITHUB}/authorize?response_type=code&{url.urlencode(query)}", cookie)
def by_github(users, verifier, state, code):
    if not verifier or not secrets.compare_digest(s256(verifier).encode(), state.encode()): return None
    form = {**CLIENT, "client_secret": read(setting("GITHUB_SECRET")).strip(), "code": code, "code_verifier": verifier}
    said = httpx.post(f"{GITHUB}/access_token", data=form, headers={"Accept": "application/json"}).json()
    account = httpx.get(f"{API}/user", headers={"Authorization": f"Bearer {said.get('access_token')}"}).json()
    return next((each["user"] for each in users.values() if each.get("github", "") == account.get("id")), None)
def sign_in(user, says, old, rd, do):
    more = {"ip": says("Ip"), **({"auth_time": time.strftime("%FT%TZ", time.gmtime()), "amr": ["pwd"]} if do else {})}
    minting = {"user": user, "kind": "web", "user_agent": says("User-Agent"), "device": says("Device"), **more}
    minted = sessiond("POST", "sessions", json=minting | ({"replaces": old} if old else {})); minted.raise_for_status()
    forget = COOKIE.format("__Host-login", "", "/", 0)
    return redirect(rd if HERE.fullmatch(rd) else "/", minted.headers["Set-Cookie"], forget)
def sign_out(check):
    user, session = url.quote(check.headers.get("X-Session-User", ""), "%"), check.headers.get("X-Session-Id")
    if check.status_code != 401: sessiond("DELETE", f"users/{user}/sessions/{session}").raise_for_status()
    return redirect("/", COOKIE.format("__Host-session", "", "/", 0))
@werkzeug.Request.application
def app(request):
    do, rd, state = request.form.get("do"), request.args.get("rd", ""), request.args.get("state")
    if request.method != "POST": do = None
    elif request.headers.get("Origin") != ORIGIN: return page(403, "Another site sent this.")
    if do == "github": return to_github(rd)
    if not do and not state: return page(200)
    try:
        check = sessiond("GET", "check", headers={"Cookie": request.headers.get("Cookie", "")})
        if do == "out": return sign_out(check)
        users = json.loads(read(setting("USERS")))
        verifier, _, begun_at = request.cookies.get("__Host-login", "").partition(".")
        if do: user = by_password(users, request.form.get("name"), request.form.get("password", ""))
        else: user, rd = by_github(users, verifier, state, request.args.get("code")), url.unquote(begun_at)
        if not user: return page(401, "The name or the password is wrong, or GitHub named nobody who is known here.")
        return sign_in(user, request.headers.get, check.headers.get("X-Session-Id"), rd, do)
    except Exception:
        logging.exception("nobody was signed in or out")
        return page(503, "This is not possible just now. Try again soon.")
