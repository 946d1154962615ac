package authserver_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

func (i *issuing) Preregistered(_ context.Context, _ tenants.ID, id string) (connections.Preregistered, error) {
	return preregisteredIn(i.preregistered, id)
}

func (d *desk) Preregistered(_ context.Context, _ tenants.ID, id string) (connections.Preregistered, error) {
	return preregisteredIn(d.preregistered, id)
}

func preregisteredIn(kept map[string]connections.Preregistered, id string) (connections.Preregistered, error) {
	if c, ok := kept[id]; ok {
		return c, nil
	}
	return connections.Preregistered{}, fault.New(fault.NotFound, "there is no such client")
}

const deskID = "ghc_ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// preregister has an admin register a client and make a secret of it, which somebody
// agreed to.
func (i *issuing) preregister(kind connections.ClientKind) (secret string) {
	i.t.Helper()
	kept, text := connections.NewSecret(tenants.NewGUID(), i.now, connections.SecretLife)
	e := connections.Preregistration{ID: deskID, Kind: kind, Redirects: []string{webTo}, MadeAt: i.now}
	if kind.Authenticates() {
		e.Secrets = []connections.Secret{kept}
	}
	if kind == connections.Headless {
		e.Agent, e.Redirects = tenants.NewGUID(), nil
	}
	i.preregistered[deskID] = connections.Preregistered{Preregistration: e, Name: "Desk"}
	i.connection.Client, i.connection.Software = deskID, deskID
	i.change(func(d *snapshot.Data) { d.Clients = append(d.Clients, tenants.Client{ID: deskID, Name: "Desk"}) })
	return text
}

// presented is how a client shows who it is.
type presented struct {
	header []string
	form   url.Values
}

func inHeader(id, secret string) presented {
	text := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id) + ":" + url.QueryEscape(secret)))
	return presented{header: []string{"Basic " + text}}
}

func inForm(id, secret string) presented {
	return presented{form: url.Values{"client_id": {id}, "client_secret": {secret}}}
}

func (i *issuing) ask(path string, p presented, more url.Values) answered {
	i.t.Helper()
	f := url.Values{}
	for _, values := range []url.Values{p.form, more} {
		for name := range values {
			f.Set(name, values.Get(name))
		}
	}
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if p.header != nil {
		h["Authorization"] = p.header
	}
	return i.send("/t/contoso/"+path, f.Encode(), h)
}

func refreshing(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
}

func TestConfidentialClientsAuthenticate(t *testing.T) {
	t.Parallel()
	for name, show := range map[string]func(secret string) presented{
		"in the header": func(secret string) presented { return inHeader(deskID, secret) },
		"in the header, naming itself in the form too": func(secret string) presented {
			p := inHeader(deskID, secret)
			p.form = url.Values{"client_id": {deskID}}
			return p
		},
		"in the header, in lower case": func(secret string) presented {
			p := inHeader(deskID, secret)
			p.header[0] = strings.Replace(p.header[0], "Basic", "basic", 1)
			return p
		},
		"in the form": func(secret string) presented { return inForm(deskID, secret) },
		"in the form, beside a header of another scheme": func(secret string) presented {
			p := inForm(deskID, secret)
			p.header = []string{"Bearer something"}
			return p
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuing(t)
			secret := i.preregister(connections.Confidential)
			_, first := i.grant("", "access_as_user")
			got := i.ask("token", show(secret), refreshing(first))
			if got.status != http.StatusOK {
				t.Fatalf("%d %v", got.status, got.body)
			}
			if c := got.signed(t); c["client_id"] != deskID || c["software"] != deskID {
				t.Errorf("%v", c)
			}
			if got := i.ask("revoke", show(secret), url.Values{"token": {got.text("refresh_token")}}); got.status != http.StatusOK || len(i.ended) != 1 {
				t.Errorf("%d %v, ended %q", got.status, got.body, i.ended)
			}
		})
	}
}

// TestWhoIsNotProvedToBeTheClientGetsNothing: neither tokens, nor is anything of the
// client's ended.
func TestWhoIsNotProvedToBeTheClientGetsNothing(t *testing.T) {
	t.Parallel()
	twice := func(secret string) presented {
		p := inHeader(deskID, secret)
		p.header = append(p.header, p.header[0])
		return p
	}
	both := func(secret string) presented {
		p := inHeader(deskID, secret)
		p.form = url.Values{"client_id": {deskID}, "client_secret": {secret}}
		return p
	}
	for name, tt := range map[string]struct {
		show   func(secret string) presented
		before func(i *issuing)
		status int
		code   string
		says   string
	}{
		"with nothing":              {show: func(string) presented { return inForm(deskID, "") }, says: "has to authenticate"},
		"with an empty password":    {show: func(string) presented { return inHeader(deskID, "") }, says: "has to authenticate"},
		"with another secret":       {show: func(s string) presented { return inForm(deskID, s[:len(s)-1]+"x") }, says: "wrong"},
		"with a part of the secret": {show: func(s string) presented { return inForm(deskID, s[:len(s)-1]) }, says: "wrong"},
		"with the hint":             {show: func(s string) presented { return inForm(deskID, s[len(s)-4:]) }, says: "wrong"},
		"with a secret of nobody":   {show: func(s string) presented { return inForm("ghc_ABCDEFGHIJKLMNOPQRSTUVWXY0", s) }, says: "no client is registered"},
		"with hostile bytes":        {show: func(s string) presented { return inForm("ghc_\x00\xff", s) }},
		"with a secret that is over": {
			show: func(s string) presented { return inForm(deskID, s) }, before: func(i *issuing) {
				i.preregistered[deskID].Secrets[0].EndsAt = i.now
			}, says: "expired on 2026-11-02; an administrator",
		},
		"with a secret that was removed": {
			show: func(s string) presented { return inForm(deskID, s) }, before: func(i *issuing) {
				e := i.preregistered[deskID]
				e.Secrets = nil
				i.preregistered[deskID] = e
			}, says: "wrong, or was removed",
		},
		"after it was removed": {
			show: func(s string) presented { return inForm(deskID, s) }, before: func(i *issuing) { delete(i.preregistered, deskID) }, says: "not any more",
		},
		"in two ways":              {show: both, status: 400, code: "invalid_request", says: "use one of them"},
		"in two headers":           {show: twice, says: "cannot be read"},
		"in a header that is none": {show: func(string) presented { return presented{header: []string{"Basic !"}} }, says: "cannot be read"},
		"in a header that is encoded no": {show: func(string) presented {
			return presented{header: []string{"Basic " + base64.StdEncoding.EncodeToString([]byte("%zz:x"))}}
		}, says: "not encoded"},
		"in a header of another client": {show: func(s string) presented {
			p := inHeader(deskID, s)
			p.form = url.Values{"client_id": {otherID}}
			return p
		}, says: "not that of the form"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuing(t)
			secret := i.preregister(connections.Confidential)
			grant, first := i.grant("", "access_as_user")
			if tt.before != nil {
				tt.before(i)
			}
			status, code := http.StatusUnauthorized, "invalid_client"
			if tt.status != 0 {
				status, code = tt.status, tt.code
			}
			for path, more := range map[string]url.Values{"token": refreshing(first), "revoke": {"token": {first}}} {
				got := i.ask(path, tt.show(secret), more)
				if path == "revoke" && name == "with hostile bytes" {
					continue // it is told that what is not there is no good any more
				}
				if !got.refused(status, code) || !strings.Contains(got.text("error_description"), tt.says) || strings.Contains(got.text("error_description"), secret) {
					t.Errorf("%s answers %d %v", path, got.status, got.body)
				}
				if status == http.StatusUnauthorized && !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Basic ") {
					t.Errorf("%s has no challenge: %v", path, got.header)
				}
			}
			if i.grants[grant.ID].Generation != 1 || i.rotations > 0 || len(i.events) > 0 || len(i.ended) > 0 {
				t.Errorf("%+v", i.grants)
			}
		})
	}
}

func TestEitherOfTwoSecretsIsGood(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	one := i.preregister(connections.Confidential)
	kept, two := connections.NewSecret(tenants.NewGUID(), i.now, time.Hour)
	e := i.preregistered[deskID]
	e.Secrets = append(e.Secrets, kept)
	i.preregistered[deskID] = e
	_, token := i.grant("", "access_as_user")
	for _, secret := range []string{one, two, one} {
		got := i.ask("token", inForm(deskID, secret), refreshing(token))
		if got.status != http.StatusOK {
			t.Fatalf("%d %v", got.status, got.body)
		}
		token = got.text("refresh_token")
	}
}

// TestPublicClientsPretendNothing: one that shows a secret takes itself for another.
func TestPublicClientsPretendNothing(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	i.preregister(connections.Public)
	_, first := i.grant("", "access_as_user")
	for _, id := range []string{deskID, clientID, "https://client.example/metadata"} {
		for name, p := range map[string]presented{"header": inHeader(id, "x"), "form": inForm(id, "x")} {
			for path, more := range map[string]url.Values{"token": refreshing(first), "revoke": {"token": {first}}} {
				if got := i.ask(path, p, more); !got.refused(http.StatusUnauthorized, "invalid_client") {
					t.Errorf("%s of %s at %s answers %d %v", name, id, path, got.status, got.body)
				}
			}
		}
	}
	if got := i.ask("token", inHeader(deskID, ""), refreshing(first)); got.status != http.StatusOK {
		t.Errorf("%d %v", got.status, got.body)
	}
}

func TestPeopleAreToldWhoVouchesForAClient(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.preregistered[deskID] = connections.Preregistered{Name: "Copilot Studio", Preregistration: connections.Preregistration{ID: deskID, Kind: connections.Confidential}}
	b := d.tab()
	if v := b.open(request(deskID, webTo)); !v.has(http.StatusBadRequest, "Nobody has said where answers to this app go", "Copilot Studio", webTo) {
		t.Errorf("%d %s", v.status, v.body)
	}
	e := d.preregistered[deskID]
	e.Redirects = []string{webTo}
	d.preregistered[deskID] = e
	if v := b.open(request(deskID, "https://evil.example/cb")); !v.has(http.StatusBadRequest, "wrong place") {
		t.Errorf("%d %s", v.status, v.body)
	}
	d.change("contoso", func(data *snapshot.Data) {
		data.Clients = append(data.Clients, tenants.Client{ID: deskID, Name: "Copilot Studio"})
	})
	first := b.open(request(deskID, webTo))
	if !first.has(http.StatusOK, "Registered by an administrator of <bdi>Contoso</bdi>", "Copilot Studio") || strings.Contains(first.body, "Not verified") {
		t.Errorf("%d %s", first.status, first.body)
	}
	second := b.arrive(b.press(first, "continue"))
	if !second.has(http.StatusOK, "Registered by an administrator of <bdi>Contoso</bdi>") {
		t.Errorf("%d %s", second.status, second.body)
	}
	if got := b.press(second, "allow").query(t); got.Get("code") == "" {
		t.Errorf("%v", got)
	}
	if len(d.connections) != 1 || d.connections[0].Software != deskID || d.connections[0].Client != deskID || d.connections[0].Agreed == [32]byte{} {
		t.Errorf("%+v", d.connections)
	}
	delete(d.preregistered, deskID)
	if v := b.open(request(deskID, webTo)); !v.has(http.StatusBadRequest, "not registered", "Ask an administrator") {
		t.Errorf("%d %s", v.status, v.body)
	}
}
