package entra_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// of returns a token signed with a contoso key under a key id.
func of(kid string) string { return mint(with(header(), object{"kid": kid}), delegated()) }

// flood presents n tokens with keys nobody published.
func flood(t *testing.T, v *entra.Verifier, a *entra.Acceptance, n int) {
	t.Helper()
	for i := range n {
		raw := sign(fmt.Sprintf(`{"typ":"JWT","alg":"RS256","kid":"forged-%d"}`, i), `{"iss":"`+contosoV2+`","tid":"`+contosoTID.String()+`"}`, "fabrikam")
		wantRefusal(t, v, a, raw, entra.UnknownKey)
	}
}

func TestFloodOfUnknownKeysCostsOneFetchInFiveMinutes(t *testing.T) {
	t.Parallel()
	e := newEntra()
	v, a := e.verifier(), accepting(t)
	flood(t, v, a, 20)
	if n := e.count(keysV2); n != 1 {
		t.Fatalf("%d fetches before the first five minutes, want 1", n)
	}
	wantToken(t, v, a, of("k1"))
	for window := 2; window <= 4; window++ {
		e.advance(5 * time.Minute)
		flood(t, v, a, 20)
		if n := e.count(keysV2); n != window {
			t.Fatalf("%d fetches after %d windows", n, window)
		}
	}
}

func TestNewKeyIsAcceptedDuringAFlood(t *testing.T) {
	t.Parallel()
	e := newEntra()
	v, a := e.verifier(), accepting(t)
	flood(t, v, a, 5)
	e.publish(keysV2, jwk("k1", "contoso", contosoV2), jwk("k2", "contoso", contosoV2))
	e.advance(5*time.Minute - time.Second)
	flood(t, v, a, 5)
	wantRefusal(t, v, a, of("k2"), entra.UnknownKey)
	e.advance(time.Second)
	flood(t, v, a, 5)
	wantToken(t, v, a, of("k2"))
	if n := e.count(keysV2); n != 2 {
		t.Errorf("%d fetches, want 2", n)
	}
}

func TestNewKeyIsWaitedForOnceAFetchIsDue(t *testing.T) {
	t.Parallel()
	e := newEntra()
	v, a := e.verifier(), accepting(t)
	wantToken(t, v, a, of("k1"))
	e.publish(keysV2, jwk("k1", "contoso", contosoV2), jwk("k2", "contoso", contosoV2))
	e.advance(5 * time.Minute)
	wantToken(t, v, a, of("k2"))
}

// TestFirstTokensShareOneFetch also shows that a request which gives up does not
// take the others' keys away.
func TestFirstTokensShareOneFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEntra()
		e.gate = make(chan struct{})
		v, a := e.verifier(), accepting(t)
		impatient, giveUp := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := v.Verify(impatient, of("k1"), a); !errors.Is(err, context.Canceled) {
				t.Errorf("impatient request: %v", err)
			}
		})
		synctest.Wait()
		for range 9 {
			wg.Go(func() {
				if _, err := v.Verify(t.Context(), of("k1"), a); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		giveUp()
		synctest.Wait()
		close(e.gate)
		wg.Wait()
		if n := e.count(keysV2); n != 1 {
			t.Errorf("%d fetches, want 1", n)
		}
	})
}

func TestFirstFetchThatFailsIsUnavailableAndRetriedSoon(t *testing.T) {
	t.Parallel()
	e := newEntra()
	e.set(true)
	v, a := e.verifier(), accepting(t)
	for range 10 {
		_, err := v.Verify(t.Context(), of("k1"), a)
		if err == nil || fault.KindOf(err) != fault.Unavailable || fault.RetryAfter(err) <= 0 {
			t.Fatalf("error %v (%s)", err, fault.KindOf(err))
		}
		if strings.Contains(fault.Public(err), "refused") {
			t.Errorf("public text tells the cause: %q", fault.Public(err))
		}
	}
	if n := e.count(keysV2); n != 1 {
		t.Errorf("%d fetches within five seconds, want 1", n)
	}
	e.set(false)
	e.advance(5 * time.Second)
	wantToken(t, v, a, of("k1"))
}

func TestUnusableAnswersAreFailures(t *testing.T) {
	t.Parallel()
	huge := string(must(jsonKeys(jwk("k1", "contoso", contosoV2)))) + strings.Repeat(" ", 256<<10)
	many := make([]map[string]any, 65)
	for i := range many {
		many[i] = jwk(fmt.Sprintf("k%d", i), "contoso", contosoV2)
	}
	tooMany := string(must(jsonKeys(many...)))
	for name, raw := range map[string]string{"no JSON": "<html>", "no keys": `{}`, "empty": `{"keys":[]}`, "huge": huge, "too many": tooMany, "keys of another kind": `{"keys":[{"kty":"EC","use":"sig","kid":"k1"}]}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEntra()
			e.raw[keysV2] = raw
			_, err := e.verifier().Verify(t.Context(), of("k1"), accepting(t))
			if err == nil || fault.KindOf(err) != fault.Unavailable {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestOnlySafeSigningKeysAreUsed(t *testing.T) {
	t.Parallel()
	weak := must(rsa.GenerateKey(rand.Reader, 1024))
	for name, changes := range map[string]object{
		"another use":         {"use": "enc"},
		"no use":              {"use": nil},
		"another kind":        {"kty": "oct"},
		"another alg":         {"alg": "RS512"},
		"1024 bits":           {"n": b64(weak.N.Bytes())},
		"16384 bits":          {"n": b64([]byte(strings.Repeat("\xff", 2048)))},
		"even modulus":        {"n": b64(append([]byte{0x80}, make([]byte, 255)...))},
		"exponent 1":          {"e": b64([]byte{1})},
		"even exponent":       {"e": b64([]byte{4})},
		"huge exponent":       {"e": b64([]byte{1, 0, 0, 0, 1})},
		"longer than it says": {"e": b64([]byte{1, 0, 0, 0, 0, 0, 1, 0, 1})},
		"exponent of 32 bits": {"e": b64([]byte{0x80, 0, 0, 1})},
		"no exponent":         {"e": nil},
		"no modulus":          {"n": nil},
		"modulus is no b64":   {"n": "!"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEntra()
			e.publish(keysV2, with(jwk("k1", "contoso", contosoV2), changes), jwk("k2", "contoso", contosoV2))
			v, a := e.verifier(), accepting(t)
			wantToken(t, v, a, of("k2"))
			wantRefusal(t, v, a, of("k1"), entra.UnknownKey)
		})
	}
}

func TestFirstOfTwoKeysWithOneIDCounts(t *testing.T) {
	t.Parallel()
	e := newEntra()
	e.publish(keysV2, jwk("k1", "contoso", contosoV2), jwk("k1", "fabrikam", contosoV2))
	v, a := e.verifier(), accepting(t)
	wantToken(t, v, a, of("k1"))
	wantRefusal(t, v, a, mintBy("fabrikam", header(), delegated()), entra.BadSignature)
}

// observed returns a verifier and a channel of its key fetches.
func observed(e *entraFake) (*entra.Verifier, *entra.KeySets, <-chan entra.KeyFetch) {
	keys := entra.NewKeySets(e, e.clock)
	fetches := make(chan entra.KeyFetch, 100)
	keys.Observe(func(_ context.Context, f entra.KeyFetch) { fetches <- f })
	return entra.NewVerifier(keys, e.clock), keys, fetches
}

func TestKeysAreRefreshedEveryHourBehindRequests(t *testing.T) {
	t.Parallel()
	e := newEntra()
	v, _, fetches := observed(e)
	a := accepting(t)
	wantToken(t, v, a, of("k1"))
	<-fetches
	e.publish(keysV2, jwk("k2", "contoso", contosoV2))
	e.advance(53 * time.Minute)
	wantToken(t, v, a, of("k1"))
	if n := e.count(keysV2); n != 1 {
		t.Fatalf("%d fetches within the hour, want 1", n)
	}
	e.advance(14 * time.Minute)
	if _, err := v.Verify(t.Context(), token(object{"exp": began.Add(3 * time.Hour).Unix()}), a); err != nil {
		t.Fatalf("a request with a known key waited for its refresh: %v", err)
	}
	if f := <-fetches; f.Err != nil || f.Keys != 1 || f.URL != keysV2 {
		t.Errorf("fetch %+v", f)
	}
	long := object{"exp": began.Add(3 * time.Hour).Unix()}
	wantRefusal(t, v, a, token(long), entra.UnknownKey)
	wantToken(t, v, a, mint(with(header(), object{"kid": "k2"}), with(delegated(), long)))
}

func TestLastGoodKeysServeADayOfFailures(t *testing.T) {
	t.Parallel()
	e := newEntra()
	v, _, fetches := observed(e)
	a := accepting(t)
	long := token(object{"exp": began.Add(100 * time.Hour).Unix()})
	wantToken(t, v, a, long)
	<-fetches
	e.set(true)
	e.advance(2 * time.Hour)
	wantToken(t, v, a, long)
	if f := <-fetches; f.Err == nil {
		t.Error("the refresh succeeded")
	}
	wantToken(t, v, a, long)
	if n := e.count(keysV2); n != 2 {
		t.Errorf("%d fetches, want 2: a failed refresh waits five minutes", n)
	}
	e.advance(22*time.Hour - time.Second)
	wantToken(t, v, a, long)
	<-fetches
	e.advance(10 * time.Second)
	if _, err := v.Verify(t.Context(), long, a); err == nil || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("after a day without keys: %v", err)
	}
	e.set(false)
	e.advance(5 * time.Second)
	wantToken(t, v, a, long)
}

func TestGenerationFollowsTheKeys(t *testing.T) {
	t.Parallel()
	e := newEntra()
	e.publish(keysV1, jwk("k1", "contoso", ""))
	v, a := e.verifier(), accepting(t, acceptV1)
	if g := v.Generation(a); g != 0 {
		t.Errorf("generation %d before any key", g)
	}
	wantToken(t, v, a, of("k1"))
	first := v.Generation(a)
	e.advance(5 * time.Minute)
	wantRefusal(t, v, a, of("k2"), entra.UnknownKey)
	if g := v.Generation(a); g != first || first == 0 {
		t.Errorf("generation %d, then %d, with the same keys", first, g)
	}
	seen := map[uint64]bool{first: true}
	for i, keys := range [][]map[string]any{
		{jwk("k1", "contoso", contosoV2), jwk("k2", "contoso", contosoV2)},
		{jwk("k1", "contoso", contosoV2)},
		{jwk("k1", "contoso", fabrikamV2)},
		{jwk("k1", "fabrikam", fabrikamV2)},
	} {
		e.publish(keysV2, keys...)
		e.advance(5 * time.Minute)
		_, _ = v.Verify(t.Context(), of("unknown"), a) // has the keys fetched
		if g := v.Generation(a); seen[g] {
			t.Errorf("change %d: generation %d again", i, g)
		}
		seen[v.Generation(a)] = true
	}
}

// TestRunRefreshesWhatIsUsedAndForgetsTheRest lets days pass.
func TestRunRefreshesWhatIsUsedAndForgetsTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEntra()
		keys := entra.NewKeySets(e, time.Now)
		v, a := entra.NewVerifier(keys, time.Now), accepting(t)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- keys.Run(ctx) }()
		now := time.Now().Unix()
		raw := token(object{"iat": now, "nbf": now, "exp": now + 3600})
		wantToken(t, v, a, raw)
		<-time.After(70 * time.Minute)
		if n := e.count(keysV2); n != 2 {
			t.Errorf("%d fetches after 70 minutes, want 2", n)
		}
		<-time.After(47 * time.Hour)
		if n := e.count(keysV2); n < 20 || n > 30 {
			t.Errorf("%d fetches in two days of which one idle, want about 25", n)
		}
		if g := v.Generation(a); g != 0 {
			t.Errorf("an idle key set is still held, generation %d", g)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestSweepFetchesForManyOrganizationsAFewAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const tenantsInAll = 300
		slow := &slowEntra{}
		keys := entra.NewKeySets(slow, time.Now)
		v := entra.NewVerifier(keys, time.Now)
		for range tenantsInAll {
			org := contoso()
			org.TID = tenants.TID{GUID: tenants.NewGUID()}
			a := must(entra.NewAcceptance(org, nil, nil, entra.AuthorityOf(tenants.PublicCloud)))
			_, _ = v.Verify(t.Context(), mint(header(), with(delegated(), object{"iss": a.Issuer(), "tid": org.TID.String()})), a)
		}
		slow.most = 0
		ctx, stop := context.WithCancel(t.Context())
		go func() { _ = keys.Run(ctx) }()
		<-time.After(2 * time.Hour)
		stop()
		<-time.After(time.Minute)
		if slow.fetches < 2*tenantsInAll || slow.most > 8 {
			t.Errorf("%d fetches, %d at once", slow.fetches, slow.most)
		}
	})
}

// slowEntra answers every request for keys after a second.
type slowEntra struct {
	mu                   sync.Mutex
	fetches, under, most int
}

func (s *slowEntra) Do(ctx context.Context, _ *http.Request) (*egress.Response, error) {
	s.mu.Lock()
	s.fetches++
	s.under++
	s.most = max(s.most, s.under)
	s.mu.Unlock()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
	}
	s.mu.Lock()
	s.under--
	s.mu.Unlock()
	return &egress.Response{Status: http.StatusOK, Body: must(jsonKeys(jwk("k1", "contoso", "")))}, nil
}
