// Signs people in by password or, with github.go, by GitHub, and has sessiond mint their sessions. How to set it up:
// login-server.conf. A thought is a line here; gofmt makes more lines of it.
package main
import ("context"; "crypto/sha256"; "crypto/subtle"; "encoding/base64"; "encoding/json"; "fmt"; "io"; "log"; "net"
	"net/http"; "net/url"; "os"; "regexp"; "strings"; "time"; "golang.org/x/crypto/argon2")
type person struct { Password string; Github int64; User json.RawMessage }
const safe = "; Secure; HttpOnly; SameSite=Lax"
var origin = setting("ORIGIN", "unknown") // which no browser says
var here = regexp.MustCompile("^(" + regexp.QuoteMeta(origin) + `)?/([!-.0-\[\]-~][!-\[\]-~]{0,999})?$`) // no backslash
var trying = make(chan bool, 4) // passwords at once: each takes memory
var unix = http.Transport{DisableKeepAlives: true, DialContext: func(c context.Context, _, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(c, "unix", setting("SESSIOND", "/run/sessiond/internal.sock")) }}
func setting(name, or string) string { if it := os.Getenv("LOGIN_" + name); it != "" { return it }; return or }
func must[T any](it T, err error) T { if err != nil { panic(err) }; return it }
func s256(it string) string { sum := sha256.Sum256([]byte(it)); return base64.RawURLEncoding.EncodeToString(sum[:]) }
func sessiond(expected, method, path, cookie, body string) *http.Response {
	request := must(http.NewRequest(method, "http://sessiond/internal/v1/"+path, strings.NewReader(body)))
	request.Header = http.Header{"Cookie": {cookie}, "Content-Type": {"application/json"}}
	said := must((&http.Client{Timeout: 3 * time.Second, Transport: &unix}).Do(request)); defer said.Body.Close()
	if !strings.Contains(expected, said.Status[:3]) { panic(said.Status + string(must(io.ReadAll(said.Body)))) }
	return said
}
func fits(hash, password string) bool { // $argon2id$v=19$m=…,t=…,p=…$salt$hash
	trying <- true; defer func() { <-trying }()
	var m, t uint32; var p uint8; part := strings.Split(hash, "$"); must(fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &m, &t, &p))
	salt, want := must(base64.RawStdEncoding.DecodeString(part[4])), must(base64.RawStdEncoding.DecodeString(part[5]))
	return subtle.ConstantTimeCompare(argon2.IDKey([]byte(password), salt, t, m, p, uint32(len(want))), want) == 1
}
func redirect(w http.ResponseWriter, to string, cookies ...string) (int, string) {
	w.Header()["Location"], w.Header()["Set-Cookie"] = []string{to}, cookies; return 303, ""
}
func login(w http.ResponseWriter, r *http.Request) (status int, text string) {
	defer func() { if it := recover(); it != nil { log.Print(it); status, text = 503, "Not possible now. Try again." } }()
	do, rd, users := r.PostFormValue("do"), r.URL.Query().Get("rd"), map[string]person{}
	if r.Method != "POST" { do = "" } else if r.Header.Get("Origin") != origin { return 403, "Another site sent this." }
	if do == "" && r.URL.Query().Get("state") == "" { return 200, "" }
	if do == "github" { return toGithub(w, rd) }
	check := sessiond("204 401 500", "GET", "check", r.Header.Get("Cookie"), "")
	session, owner := check.Header.Get("X-Session-Id"), must(url.PathUnescape(check.Header.Get("X-Session-User")))
	if do == "out" {
		if check.StatusCode != 401 { sessiond("204", "DELETE", "users/"+url.PathEscape(owner)+"/sessions/"+session, "", "") }
		return redirect(w, "/", "__Host-session=; Path=/; Max-Age=0"+safe)
	}
	must(0, json.Unmarshal(must(os.ReadFile(setting("USERS", ""))), &users))
	who, ok := users[r.PostFormValue("name")]
	if !ok { for _, who = range users { break } } // for an unknown name another's hash is tried: it takes as long
	if do == "" { who, rd, ok = byGithub(r, users) } else { ok = fits(who.Password, r.PostFormValue("password")) && ok }
	if !ok { return 401, "The name or the password is wrong, or GitHub named nobody who is known here." }
	m := map[string]any{"user": who.User, "kind": "web", "user_agent": r.UserAgent(), "device": r.Header.Get("Device")}
	if do != "" { m["auth_time"], m["amr"] = time.Now().Format(time.RFC3339), []string{"pwd"} }
	m["ip"] = r.Header.Get("Ip"); if session != "" { m["replaces"] = session }; if !here.MatchString(rd) { rd = "/" }
	minted := sessiond("201", "POST", "sessions", "", string(must(json.Marshal(m))))
	return redirect(w, rd, minted.Header.Get("Set-Cookie"), "__Host-login=; Path=/; Max-Age=0"+safe)
}
func serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store"); w.Header().Set("Content-Type", "text/html")
	status, text := login(w, r); w.WriteHeader(status)
	io.WriteString(w, strings.Replace(string(must(os.ReadFile("page.html"))), "{{message}}", text, 1))
}
func main() { log.Fatal(http.ListenAndServe(setting("LISTEN", "127.0.0.1:8090"), http.HandlerFunc(serve))) }
