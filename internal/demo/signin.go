package demo

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gatehouse/internal/demo/browser"
	"gatehouse/internal/localca"
)

// Visit is one sign-in to the console.
type Visit struct {
	Data     string // directory of the stack that runs
	Username string // one of the cast
	Scopes   string // what to ask consent for besides signing in; empty: nothing
}

// SignIn signs somebody in to the console as their browser would, and prints the
// cookie of the session as a request sends it.
func SignIn(ctx context.Context, v Visit, out io.Writer) error {
	cookie, err := Session(ctx, v)
	if err == nil {
		_, err = fmt.Fprintln(out, cookie)
	}
	return err
}

// Session signs somebody in to the console, and returns the cookie as a request sends it.
func Session(ctx context.Context, v Visit) (string, error) {
	at, err := Running(v.Data)
	if err != nil {
		return "", err
	}
	b, err := at.Browser(v)
	if err != nil {
		return "", err
	}
	away, last, err := b.Walk(ctx, at.BaseURL+"/auth/sign-in?"+url.Values{"scopes": {v.Scopes}}.Encode())
	if err != nil {
		return "", err
	}
	if away == nil {
		return "", fmt.Errorf("sign in %s: the walk ends at %s: %s", v.Username, last.At.Path, browser.Sentence(last.Text))
	}
	answer, err := b.Client.Do(away)
	if err != nil {
		return "", err
	}
	page, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return "", err
	}
	for _, cookie := range answer.Cookies() {
		if slices.Contains([]string{"gatehouse", "__Host-gatehouse"}, cookie.Name) && cookie.Value != "" {
			return cookie.Name + "=" + cookie.Value, nil
		}
	}
	return "", fmt.Errorf("sign in %s: the console answers %s: %s", v.Username, answer.Status, browser.Sentence(string(page)))
}

// Scopes are what a sign-in may ask consent for besides.
var Scopes = []string{"applications", "applications.read", "groups", "roles"}

// Running reads where the parts of the stack on a data directory are.
func Running(data string) (f File, err error) {
	raw, err := os.ReadFile(filepath.Join(data, FileName)) //nolint:gosec // the directory is the developer's own
	if errors.Is(err, os.ErrNotExist) {
		return f, fmt.Errorf("nothing has run on %s yet; start gatehouse-dev first, or name its directory with --data", data)
	}
	if err != nil {
		return f, fmt.Errorf("read %s: %w", FileName, err)
	}
	return f, json.Unmarshal(raw, &f)
}

// Transport connects to the stack on a data directory, also where its certificates are
// of that directory's own authority.
func (f File) Transport(data string) (*http.Transport, error) {
	transport := &http.Transport{}
	if strings.HasPrefix(f.BaseURL, "https://") {
		authority, err := localca.Open(data)
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: authority.Pool(), MinVersion: tls.VersionTLS13}
	}
	return transport, nil
}

// Browser is that of one of the cast.
func (f File) Browser(v Visit) (*browser.Browser, error) {
	id, known := people()[v.Username]
	if !known {
		return nil, fmt.Errorf("%q is not one of the cast; they are %s", v.Username, strings.Join(slices.Sorted(maps.Keys(people())), ", "))
	}
	transport, err := f.Transport(v.Data)
	if err != nil {
		return nil, err
	}
	return browser.New(transport, f.EntraURL, id), nil
}

// people are the object ids of the cast by user name. A guest's is that of the
// directory they are a guest of.
func people() map[string]string {
	all := map[string]string{}
	for _, c := range Companies() {
		for _, p := range c.People {
			all[p.Username] = p.OID.String()
		}
	}
	for _, p := range []Person{Adatum().Admin, Platform().Person} {
		all[p.Username] = p.OID.String()
	}
	return all
}
