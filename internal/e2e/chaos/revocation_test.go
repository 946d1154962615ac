package chaos_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
)

// cutting is a replica through which people are cut off, and another at which they
// notice.
type cutting struct {
	desk  *client // of the management API, with the automation's token
	there *client // of the endpoint at the other replica

	tokens  []string  // that the other replica remembers
	streams []*stream // of the first of them, in turns of both kinds
}

// cut asks for a revocation and returns when its answer was there.
func (c *cutting) cut(t *testing.T, kind authz.RevocationKind, subject string) time.Time {
	t.Helper()
	body, err := json.Marshal(map[string]any{"kind": kind, "subject": subject, "reason": "chaos test"})
	must(t, err)
	r := c.manage(t, http.MethodPost, string(body))
	if r.status != http.StatusCreated {
		t.Fatalf("revocation of a %s: %s", kind, r)
	}
	return r.ended
}

// list asks which revocations are in force.
func (c *cutting) list(t *testing.T) reply {
	t.Helper()
	return c.manage(t, http.MethodGet, "")
}

func (c *cutting) manage(t *testing.T, method, body string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, baseURL+"/api/organizations/contoso/revocations", strings.NewReader(body))
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+c.desk.token)
	req.Header.Set("Content-Type", "application/json")
	return c.desk.exchange(req)
}

// gathered has another replica remember tokens, and opens streams there for the
// first of them.
func (w *world) gathered(t *testing.T, here, there *replica, tokens []string, streams int) *cutting {
	t.Helper()
	c := &cutting{desk: here.client(contoso(), w.managing(t)), there: there.client(contoso(), ""), tokens: tokens}
	if got := c.there.outcomes(t, tokens); got[http.StatusOK] != len(tokens) {
		t.Fatalf("before anything is revoked, calls have the statuses %v", got)
	}
	for n := range streams {
		c.streams = append(c.streams, c.there.with(tokens[n]).listen(t, n%2 == 1))
	}
	return c
}

// refusedAsRevoked is what a token hears that was cut off.
func refusedAsRevoked(r reply) bool {
	challenge := r.header.Get("WWW-Authenticate")
	return cutOff(r) && strings.Contains(challenge, `error="invalid_token"`) && strings.Contains(challenge, "resource_metadata=")
}

// sessions cuts off the sign-ins of tokens with streams, one after the other, and
// returns how long after the answer each was refused, and each stream over.
func (c *cutting) sessions(t *testing.T, limit time.Duration) (refused, ended []time.Duration) {
	t.Helper()
	for n, s := range c.streams {
		victim := c.there.with(c.tokens[n])
		answered := c.cut(t, authz.RevokeSession, sessionOf(t, victim.token))
		last := victim.call(whoami)
		for !refusedAsRevoked(last) {
			if !worked(last) || time.Since(answered) > limit {
				t.Fatalf("%s after revocation %d: %s", time.Since(answered), n, last)
			}
			last = victim.call(whoami)
		}
		refused = append(refused, last.ended.Sub(answered))
		select {
		case <-s.ended:
		case <-time.After(limit):
			t.Fatalf("stream %d goes on", n)
		}
		must(t, s.endedInWords())
		ended = append(ended, max(0, s.at.Sub(answered)))
	}
	return refused, ended
}

// open returns how many of the streams are.
func (c *cutting) open() (many int) {
	for _, s := range c.streams {
		if s.isOpen() {
			many++
		}
	}
	return many
}

// among returns the tokens of one of the crowd, or of everybody else.
func among(tokens []string, person int) (own, others []string) {
	for n, token := range tokens {
		if n%crowdSize == person {
			own = append(own, token)
			continue
		}
		others = append(others, token)
	}
	return own, others
}

// TestRevocationThroughTheAPIReachesEveryReplica, its remembered tokens and its open
// streams, with notifications and without, and nobody else.
func TestRevocationThroughTheAPIReachesEveryReplica(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wire := startProxy(t)
	wire.set(deaf)
	here := startReplica(t, w.environment(w.managed()...))
	ways := map[string]*cutting{
		"hears":   w.gathered(t, here, startReplica(t, w.environment()), w.tokens(t, 3*crowdSize), 6),
		"is deaf": w.gathered(t, here, startReplica(t, w.environment("GATEHOUSE_DATABASE_URL="+wire.through(t, w.api))), w.tokens(t, 3*crowdSize), 6),
	}
	var streams []*stream // of further sign-ins of the person who loses the first
	for name, c := range ways {
		streams = append(streams, c.there.with(c.tokens[crowdSize]).listen(t, false))
		refused, ended := c.sessions(t, takenWithin)
		t.Logf("at a replica that %s tokens were refused after %v, streams over after %v", name, refused, ended)
		if len(refused) != 6 || len(ended) != 6 || c.open() != 0 {
			t.Errorf("at a replica that %s %d are refused, %d streams have ended, %d go on", name, len(refused), len(ended), c.open())
		}
		c.have(t, c.tokens[:6], http.StatusUnauthorized)
	}
	for _, s := range streams {
		if !s.isOpen() {
			t.Error("a sign-in that was spared has lost its stream")
		}
	}
	one := ways["hears"]
	one.cut(t, authz.RevokePerson, crowdOID(0))
	for name, c := range ways {
		own, others := among(c.tokens[crowdSize:], 0)
		eventually(t, takenWithin, "a replica that "+name+" refuses the person", func() bool { return refusedAsRevoked(c.there.with(own[0]).call(whoami)) })
		c.have(t, own, http.StatusUnauthorized)
		c.have(t, others, http.StatusOK)
		streams = append(streams, c.there.with(others[0]).listen(t, true))
	}
	one.cut(t, authz.RevokeClient, demo.VisualStudioCode)
	for name, c := range ways {
		_, others := among(c.tokens[crowdSize:], 0)
		eventually(t, takenWithin, "a replica that "+name+" refuses the AI app", func() bool { return refusedAsRevoked(c.there.with(others[0]).call(whoami)) })
		c.have(t, others, http.StatusUnauthorized)
	}
	for n, s := range streams {
		select {
		case <-s.ended:
			must(t, s.endedInWords())
		case <-time.After(takenWithin):
			t.Errorf("stream %d goes on", n)
		}
	}
	one.cut(t, authz.RevokeOrganization, "")
	eventually(t, takenWithin, "the automation is cut off with everybody", func() bool {
		return one.list(t).status == http.StatusUnauthorized
	})
}

// have fails the test unless calls with all these tokens have a status.
func (c *cutting) have(t *testing.T, tokens []string, status int) {
	t.Helper()
	if got := c.there.outcomes(t, tokens); len(tokens) == 0 || got[status] != len(tokens) {
		t.Errorf("of %d calls all should have the status %d: %v", len(tokens), status, got)
	}
}
