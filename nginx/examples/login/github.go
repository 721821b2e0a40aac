// GitHub's part of login.go, by golang.org/x/oauth2.
package main
import ("context"; "crypto/rand"; "crypto/subtle"; "encoding/base64"; "encoding/json"; "log"; "net/http"; "net/url"
	"os"; "strings"; "time"; "golang.org/x/oauth2")
var github = setting("GITHUB", "https://github.com/login/oauth")
var server = oauth2.Endpoint{AuthURL: github + "/authorize", TokenURL: github + "/access_token",
	AuthStyle: oauth2.AuthStyleInParams}
var client = oauth2.Config{ClientID: setting("GITHUB_ID", ""), RedirectURL: origin + "/login", Endpoint: server}

// PKCE's verifier stays in a cookie; its hash is the challenge, and the state that has to come back.
func toGithub(w http.ResponseWriter, rd string) (int, string) {
	random := make([]byte, 32); must(rand.Read(random)); verifier := base64.RawURLEncoding.EncodeToString(random)
	method := oauth2.SetAuthURLParam("code_challenge_method", "S256")
	challenge := oauth2.SetAuthURLParam("code_challenge", s256(verifier))
	kept := "__Host-login=" + verifier + "." + url.QueryEscape(here.FindString(rd)) + "; Path=/; Max-Age=600" + safe
	return redirect(w, client.AuthCodeURL(s256(verifier), method, challenge), kept)
}

func byGithub(r *http.Request, users map[string]person) (known person, rd string, ok bool) {
	cookie, err := r.Cookie("__Host-login")
	if err != nil { return }
	verifier, begun, _ := strings.Cut(cookie.Value, ".")
	state := r.URL.Query().Get("state")
	if verifier == "" || subtle.ConstantTimeCompare([]byte(s256(verifier)), []byte(state)) != 1 { return }
	within, cancel := context.WithTimeout(r.Context(), 5*time.Second); defer cancel()
	config := client; config.ClientSecret = strings.TrimSpace(string(must(os.ReadFile(setting("GITHUB_SECRET", "")))))
	token, err := config.Exchange(within, r.URL.Query().Get("code"), oauth2.SetAuthURLParam("code_verifier", verifier))
	if err != nil { log.Print(err); return }
	said := must(config.Client(within, token).Get(setting("GITHUB_API", "https://api.github.com") + "/user"))
	defer said.Body.Close()
	account := struct { ID int64 }{}; must(0, json.NewDecoder(said.Body).Decode(&account))
	for _, each := range users { if account.ID != 0 && each.Github == account.ID { known, ok = each, true } }
	return known, must(url.QueryUnescape(begun)), ok
}
