package laptop_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sequence is what a client that cannot be run here sends, as its source code, its
// vendor's documentation or somebody's log has it: a file of sequences/.
type sequence struct {
	Client   string            `json:"client"`
	Sources  []source          `json:"sources"`
	Assumed  []string          `json:"assumed"`  // what no source says
	Redirect string            `json:"redirect"` // where it takes answers
	Given    map[string]string `json:"given"`    // what a person enters where the client does not register itself, by name
	Secret   bool              `json:"secret"`   // an admin has registered it, with a secret, in every mode
	Outcomes map[string]string `json:"outcomes"` // by mode: empty if it works, otherwise what refuses it; a mode that is not there it does not support
	Requests []sent            `json:"requests"`
}

// source says where a sequence, or a part of it, is documented.
type source struct {
	URL  string `json:"url"`
	Date string `json:"date"` // of what stands there, or of when it was read
	Says string `json:"says"`
}

// sent is a request. Texts in braces stand for what is known by then.
type sent struct {
	Get     []string          `json:"get"`  // tried one after the other until one answers with 200
	Post    string            `json:"post"` // address
	Open    string            `json:"open"` // address that a browser opens
	Headers map[string]string `json:"headers"`
	Query   map[string]string `json:"query"` // of what is opened
	Form    map[string]string `json:"form"`  // empty values are left out
	JSON    json.RawMessage   `json:"json"`
	Basic   bool              `json:"basic"`  // client id and secret in the Authorization header
	In      []string          `json:"in"`     // modes; empty: all
	Status  int               `json:"status"` // 0: 200
	Says    string            `json:"says"`   // words that the answer holds
	Keep    string            `json:"keep"`   // the name by which members of the answer are known
}

// replayer replays a sequence in a realm.
type replayer struct {
	world *world
	realm *realm
	known map[string]string
}

// TestSequencesOfClientsThatCannotBeRun replays what other clients send, in every
// mode that they support.
func TestSequencesOfClientsThatCannotBeRun(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("sequences/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	w, rows := newWorld(t), ""
	for _, file := range files {
		s := readSequence(t, file)
		rows += s.row(file)
		for _, mode := range slices.Sorted(maps.Keys(s.Outcomes)) {
			t.Run(s.Client+"/"+strings.ReplaceAll(mode, "`", ""), func(t *testing.T) {
				t.Parallel()
				err := s.replay(patient(t), w, mode)
				switch want := s.Outcomes[mode]; {
				case want == "" && err != nil:
					t.Error(err)
				case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
					t.Errorf("it ends with %v, want %s", err, want)
				}
			})
		}
	}
	holdPage(t, "| client | newest source | "+strings.Join(modes, " | ")+" |\n|---|---|---|---|---|---|\n", rows)
}

// row is the sequence in the table of sequences.
func (s sequence) row(file string) string {
	newest := ""
	for _, from := range s.Sources {
		newest = max(newest, from.Date)
	}
	cells := []string{"[" + s.Client + "](../internal/e2e/laptop/" + filepath.ToSlash(file) + ")", newest}
	for _, mode := range modes {
		outcome, supported := s.Outcomes[mode]
		switch {
		case !supported:
			outcome = "not supported"
		case outcome == "":
			outcome = "works"
		}
		cells = append(cells, outcome)
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// readSequence reads a file strictly, and holds it to naming where it comes from and
// to ending with a list, a call and a refresh.
func readSequence(t *testing.T, file string) (s sequence) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, from := range s.Sources {
		if !strings.HasPrefix(from.URL, "https://") || !regexp.MustCompile(`^20\d\d-\d\d-\d\d$`).MatchString(from.Date) || from.Says == "" {
			t.Errorf("%s: a source is %+v", file, from)
		}
	}
	for _, part := range []string{"tools/list", "tools/call", `"grant_type": "refresh_token"`} {
		if !strings.Contains(string(raw), part) {
			t.Errorf("%s has no %s", file, part)
		}
	}
	for mode := range s.Outcomes {
		if !slices.Contains(modes, mode) {
			t.Errorf("%s: there is no mode %s", file, mode)
		}
	}
	if len(s.Sources) == 0 || s.Outcomes == nil {
		t.Errorf("%s names no source, or no mode", file)
	}
	return s
}

func (s sequence) replay(ctx context.Context, w *world, mode string) error {
	r := w.realms[mode]
	verifier := rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(verifier))
	p := &replayer{world: w, realm: r, known: map[string]string{
		"endpoint": r.MCPURL, "origin": w.BaseURL, "path": strings.TrimPrefix(r.MCPURL, w.BaseURL), "redirect": s.Redirect,
		"state": rand.Text(), "verifier": verifier, "code_challenge": base64.RawURLEncoding.EncodeToString(sum[:]),
		"registered": r.client.String(), "scope.qualified": r.uri + "/access_as_user",
	}}
	p.enter()
	if mode != brokered {
		for name, value := range s.Given {
			p.known[name] = p.text(value)
		}
	}
	refreshed := false
	if s.Secret {
		p.known["client.client_id"], p.known["client.client_secret"] = r.confidential.id, r.confidential.secret
	}
	for i, request := range s.Requests {
		if len(request.In) > 0 && !slices.Contains(request.In, mode) {
			continue
		}
		if err := p.send(ctx, request); err != nil {
			return fmt.Errorf("request %d: %w", i+1, err)
		}
		refreshed = refreshed || request.Form["grant_type"] == "refresh_token"
	}
	if !refreshed && p.known["tokens.refresh_token"] != "" {
		return errors.New("nobody uses the refresh token that there is")
	}
	return nil
}

// enter makes known what a person reads in the documentation and types into clients
// that read no metadata.
func (p *replayer) enter() {
	p.known["typed.authorize"], p.known["typed.token"], p.known["typed.scopes"] = issuer(p.realm.FileOrg)+"/authorize", issuer(p.realm.FileOrg)+"/token", "access_as_user"
	if p.realm.label != brokered {
		at := p.world.EntraURL + "/" + p.realm.EntraTenantID + "/oauth2/v2.0"
		p.known["typed.authorize"], p.known["typed.token"], p.known["typed.scopes"] = at+"/authorize", at+"/token", p.known["scope.qualified"]+" offline_access"
	}
}

var brace = regexp.MustCompile(`\{([a-z_.]+)\}`)

// text puts what is known in place of what stands in braces.
func (p *replayer) text(of string) string {
	return brace.ReplaceAllStringFunc(of, func(name string) string { return p.known[strings.Trim(name, "{}")] })
}

// values are texts without those that come out empty.
func (p *replayer) values(of map[string]string) url.Values {
	out := url.Values{}
	for name, value := range of {
		if text := strings.TrimSpace(p.text(value)); text != "" {
			out.Set(name, text)
		}
	}
	return out
}

func (p *replayer) send(ctx context.Context, what sent) error {
	if what.Open != "" {
		return p.open(ctx, what)
	}
	if what.Post != "" {
		return p.exchange(ctx, http.MethodPost, what.Post, what)
	}
	var errs []error
	for _, address := range what.Get {
		err := p.exchange(ctx, http.MethodGet, address, what)
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// open has Alice go through the pages, and keeps the parameters of the answer.
func (p *replayer) open(ctx context.Context, what sent) error {
	address := p.text(what.Open) + "?" + p.values(what.Query).Encode()
	away, answer, err := p.world.browser(p.realm.Users[0]).SignIn(ctx, address)
	if err != nil {
		return err
	}
	if answer.Has("error") {
		return fmt.Errorf("%s: %s", answer.Get("error"), answer.Get("error_description"))
	}
	if !strings.HasPrefix(away.URL.String(), p.known["redirect"]+"?") || answer.Get("state") != p.known["state"] {
		return fmt.Errorf("the answer goes to %s", away.URL)
	}
	p.known["code"], p.known["iss"] = answer.Get("code"), answer.Get("iss")
	return nil
}

// exchange sends one request and keeps what its answer says.
func (p *replayer) exchange(ctx context.Context, method, address string, what sent) error {
	req, err := p.request(ctx, method, address, what)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return err
	}
	want := what.Status
	if want == 0 {
		want = http.StatusOK
	}
	if resp.StatusCode != want || !strings.Contains(string(body), p.text(what.Says)) {
		return fmt.Errorf("%s %s: %d %s, want %d and %q", method, req.URL, resp.StatusCode, body, want, p.text(what.Says))
	}
	if session := resp.Header.Get("Mcp-Session-Id"); session != "" {
		p.known["session"] = session
	}
	return p.keep(what.Keep, resp.Header, body)
}

func (p *replayer) request(ctx context.Context, method, address string, what sent) (*http.Request, error) {
	body, kind := p.text(string(what.JSON)), "application/json"
	if what.Form != nil {
		body, kind = p.values(what.Form).Encode(), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequestWithContext(ctx, method, p.text(address), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", kind)
	}
	for name, values := range p.values(what.Headers) {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if what.Basic {
		req.SetBasicAuth(url.QueryEscape(p.known["client.client_id"]), url.QueryEscape(p.known["client.client_secret"]))
	}
	return req, nil
}

// keep makes members of an answer known: "challenge" the parameters of a
// WWW-Authenticate header, any other name the texts of a JSON object, and of lists of
// texts the first and all of them with spaces between.
func (p *replayer) keep(name string, header http.Header, body []byte) error {
	if name == "challenge" {
		for _, found := range regexp.MustCompile(`(\w+)="([^"]*)"`).FindAllStringSubmatch(header.Get("WWW-Authenticate"), -1) {
			p.known["challenge."+found[1]] = found[2]
		}
		return nil
	}
	if name == "" {
		return nil
	}
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		return fmt.Errorf("%s: %w", body, err)
	}
	if token, old := members["access_token"], p.known["tokens.access_token"]; name == "tokens" && (token == nil || token == old) {
		return fmt.Errorf("there is no other token in %s", body)
	}
	for member, value := range members {
		switch value := value.(type) {
		case string:
			p.known[name+"."+member] = value
		case []any:
			var all []string
			for _, v := range value {
				all = append(all, fmt.Sprint(v))
			}
			p.known[name+"."+member+".all"] = strings.Join(all, " ")
			if len(all) > 0 {
				p.known[name+"."+member] = all[0]
			}
		}
	}
	if u, err := url.Parse(p.known["protected.authorization_servers"]); err == nil {
		p.known["issuer"], p.known["issuer.origin"], p.known["issuer.path"] = u.String(), u.Scheme+"://"+u.Host, u.Path
	}
	if strings.Contains(p.known["server.scopes_supported.all"], "offline_access") {
		p.known["offline"] = "offline_access"
	}
	return nil
}
