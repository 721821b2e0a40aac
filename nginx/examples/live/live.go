// Holds WebSockets open, and closes each within a second after its session has ended. How to set it up: live-server.conf.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

type one struct {
	socket        *websocket.Conn
	user, session string
}

type event struct{ Event, User, Session string }

var (
	lock     sync.Mutex
	open     = map[*one]bool{}
	upgrader = websocket.Upgrader{} // refuses pages of other sites: their Origin is not the Host
)

func setting(name, or string) string {
	if value := os.Getenv("LIVE_" + name); value != "" {
		return value
	}
	return or
}

// A client of sessiond. It gives up on an answer of which nothing comes for 20 seconds: sessiond says something every 15.
var sessiond = http.Client{Transport: &http.Transport{DisableKeepAlives: true,
	DialContext: func(within context.Context, _, _ string) (net.Conn, error) {
		connection, err := new(net.Dialer).DialContext(within, "unix", setting("SESSIOND", "/run/sessiond/internal.sock"))
		return patient{connection}, err
	}}}

type patient struct{ net.Conn }

func (p patient) Read(into []byte) (int, error) {
	p.SetReadDeadline(time.Now().Add(20 * time.Second))
	return p.Conn.Read(into)
}

func ask(path, last string) (*http.Response, error) {
	request, err := http.NewRequest("GET", "http://sessiond/internal/v1/"+path, nil)
	if err != nil {
		return nil, err
	}
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	answer, err := sessiond.Do(request)
	if err == nil && answer.StatusCode != 200 {
		answer.Body.Close()
		return nil, errors.New("sessiond answers " + answer.Status)
	}
	return answer, err
}

func closes(it event, who *one) bool {
	switch it.Event {
	case "ended":
		return who.session == it.Session
	case "all-ended":
		return who.user == it.User && who.session != it.Session
	case "user-disabled":
		return who.user == it.User
	}
	return it.Event == "missed" // clients come again, and are asked who they are
}

func (who *one) close() {
	said := websocket.FormatCloseMessage(4401, "signed out")
	who.socket.WriteControl(websocket.CloseMessage, said, time.Now().Add(time.Second))
	who.socket.Close()
}

// Reads the events until there are no more for now; the id of the last that was read.
func read(last string, begun func()) (string, error) {
	answer, err := ask("events", last)
	if err != nil {
		return last, err
	}
	defer answer.Body.Close()
	id := last
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		switch name, value, _ := strings.Cut(lines.Text(), ": "); name {
		case "id":
			id = value
		case "data":
			it := event{}
			if err := json.Unmarshal([]byte(value), &it); err != nil {
				return last, err
			}
			lock.Lock()
			for who := range open {
				if closes(it, who) {
					go who.close()
				}
			}
			lock.Unlock()
		case "": // the end of an event
			last = id
			begun()
		}
	}
	return last, lines.Err()
}

// Reads the events without end. After a break it goes on behind the last event that it has.
func listen(begun func()) {
	for last := ""; ; time.Sleep(200 * time.Millisecond) {
		var err error
		if last, err = read(last, begun); err != nil {
			log.Print("no events for now: ", err)
		}
	}
}

// When to ask again for the session; nothing when it has ended.
func (who *one) look() (time.Duration, bool) {
	answer, err := ask("users/"+url.PathEscape(who.user)+"/sessions", "")
	if err != nil {
		return time.Second, true
	}
	defer answer.Body.Close()
	var sessions []struct {
		ID        string    `json:"id"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&sessions); err != nil {
		return time.Second, true
	}
	for _, it := range sessions {
		if it.ID == who.session {
			return min(5*time.Minute, time.Until(it.ExpiresAt)+time.Millisecond), true
		}
	}
	return 0, false
}

func min(a, b time.Duration) time.Duration {
	if a < b {
		return a
	}
	return b
}

func serve(w http.ResponseWriter, r *http.Request) {
	user, err := url.PathUnescape(r.Header.Get("X-Session-User"))
	socket, refused := upgrader.Upgrade(w, r, nil)
	if err != nil || refused != nil {
		return
	}
	who := &one{socket, user, r.Header.Get("X-Session-Id")}
	lock.Lock()
	open[who] = true
	lock.Unlock()
	gone := make(chan bool)
	defer func() {
		lock.Lock()
		delete(open, who)
		lock.Unlock()
		close(gone)
		socket.Close()
	}()
	// Is the session still there? Asked once the socket is in the list, as the event of its end may have come before that;
	// when the session expires; and now and then, as no event tells that it was idle for too long.
	go func() {
		for {
			pause, there := who.look()
			if !there {
				who.close()
				return
			}
			select {
			case <-gone:
				return
			case <-time.After(pause):
			}
		}
	}()
	for {
		kind, text, err := socket.ReadMessage()
		if err != nil {
			return
		}
		if err := socket.WriteMessage(kind, []byte(who.user+" says "+string(text))); err != nil { // yours
			return
		}
	}
}

func main() {
	begun := make(chan bool)
	var once sync.Once
	go listen(func() { once.Do(func() { close(begun) }) })
	<-begun
	log.Fatal(http.ListenAndServe(setting("LISTEN", "127.0.0.1:8091"), http.HandlerFunc(serve)))
}
