package keys_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
)

const day = 24 * time.Hour

func TestFirstKeyIsMadeWhenItIsNeeded(t *testing.T) {
	t.Parallel()
	d, c := &database{}, &clock{at: midday}
	r := newReplica(t, d, c)
	kid := r.signs(keys.Federation)
	if got := r.published(keys.Federation); !slices.Equal(got, []string{kid}) || len(d.rows) != 1 {
		t.Errorf("published %v, signs %s, %d rows", got, kid, len(d.rows))
	}
	set, err := r.Public(t.Context(), keys.Federation)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(set)
	var members struct {
		Keys []map[string]any `json:"keys"`
	}
	if err = errors.Join(err, json.Unmarshal(raw, &members)); err != nil {
		t.Fatal(err)
	}
	k := members.Keys[0]
	if len(k) != 6 || k["kty"] != "RSA" || k["use"] != "sig" || k["alg"] != "RS256" || k["kid"] != kid || k["e"] != "AQAB" || len(k["n"].(string)) != 342 {
		t.Errorf("the key set's member is %v", k)
	}
}

func TestReplicasThatStartTogetherSignWithOneKey(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	both.Add(2)
	d, c := &database{beforeAdd: func() { both.Done(); both.Wait() }}, &clock{at: midday}
	replicas := []replica{newReplica(t, d, c), newReplica(t, d, c)}
	kids := make([]string, 2)
	var wg sync.WaitGroup
	for i, r := range replicas {
		wg.Go(func() { kids[i] = r.signs(keys.Federation) })
	}
	wg.Wait()
	if kids[0] != kids[1] || len(d.rows) != 1 {
		t.Errorf("they sign with %v, %d rows", kids, len(d.rows))
	}
}

func TestAnotherReplicaVerifiesWhatOneSigns(t *testing.T) {
	t.Parallel()
	d, c := &database{}, &clock{at: midday}
	one := newReplica(t, d, c).signs(keys.Federation)
	if two := newReplica(t, d, c).signs(keys.Federation); one != two {
		t.Errorf("one signs with %s, another with %s", one, two)
	}
}

func TestNextKeyIsPublishedADayBeforeItSigns(t *testing.T) {
	t.Parallel()
	d, c := &database{}, &clock{at: midday}
	r := newReplica(t, d, c)
	first := r.signs(keys.Federation)
	at, err := r.Rotate(t.Context(), keys.Federation)
	if err != nil || at.Before(midday.Add(day)) || at.After(midday.Add(2*day)) {
		t.Fatalf("it signs from %s, error = %v", at, err)
	}
	published := r.published(keys.Federation)
	if len(published) != 2 || published[0] != first || r.signs(keys.Federation) != first {
		t.Errorf("right after: published %v, signs %s", published, r.signs(keys.Federation))
	}
	if again, err := r.Rotate(t.Context(), keys.Federation); err != nil || !again.Equal(at) || len(d.rows) != 2 {
		t.Errorf("rotating again: from %s, %d rows, %v", again, len(d.rows), err)
	}
	second := published[1]
	c.pass(at.Sub(c.now()) - time.Second)
	if got := r.signs(keys.Federation); got != first {
		t.Errorf("just before: %s signs", got)
	}
	c.pass(time.Second)
	if got := r.signs(keys.Federation); got != second {
		t.Errorf("from then on: %s signs", got)
	}
	c.pass(day + 5*time.Minute - time.Second)
	if got := r.published(keys.Federation); !slices.Equal(got, []string{second, first}) {
		t.Errorf("while what the old key signed may be believed: %v published", got)
	}
	c.pass(time.Second)
	if got := r.published(keys.Federation); !slices.Equal(got, []string{second}) {
		t.Errorf("after that: %v published", got)
	}
}

func TestReplicasThatRotateTogetherMakeOneKey(t *testing.T) {
	t.Parallel()
	d, c := &database{}, &clock{at: midday}
	replicas := []replica{newReplica(t, d, c), newReplica(t, d, c)}
	for _, r := range replicas {
		r.signs(keys.Federation)
	}
	var both, wg sync.WaitGroup
	both.Add(2)
	d.beforeAdd = func() { both.Done(); both.Wait() }
	for _, r := range replicas {
		wg.Go(func() {
			if _, err := r.Rotate(t.Context(), keys.Federation); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(d.rows) != 2 || !slices.Equal(replicas[0].published(keys.Federation), replicas[1].published(keys.Federation)) {
		t.Errorf("%d rows, published %v and %v", len(d.rows), replicas[0].published(keys.Federation), replicas[1].published(keys.Federation))
	}
}

func TestKeysFollowOneAnotherByThemselves(t *testing.T) {
	t.Parallel()
	d, c := &database{}, &clock{at: midday}
	r := newReplica(t, d, c)
	seen := []string{r.signs(keys.Federation)}
	publishedAt := map[string]time.Time{seen[0]: c.now()}
	for range 200 * 4 {
		c.pass(6 * time.Hour)
		for _, kid := range r.published(keys.Federation) {
			if _, ok := publishedAt[kid]; !ok {
				publishedAt[kid] = c.now()
			}
		}
		if kid := r.signs(keys.Federation); kid != seen[len(seen)-1] {
			if ahead := c.now().Sub(publishedAt[kid]); ahead < day {
				t.Errorf("%s signs %s after it was published first", kid, ahead)
			}
			seen = append(seen, kid)
		}
	}
	if len(seen) != 3 {
		t.Errorf("%d keys have signed in 200 days, want 3", len(seen))
	}
}

func TestAfterALongSilenceThereIsAKeyAgain(t *testing.T) {
	t.Parallel()
	d, c := &database{}, &clock{at: midday}
	old := newReplica(t, d, c).signs(keys.Federation)
	c.pass(400 * day)
	r := newReplica(t, d, c)
	if kid := r.signs(keys.Federation); kid == old || slices.Contains(r.published(keys.Federation), old) {
		t.Error("a key nobody replaced for a year still signs or is published")
	}
}

func TestPurposesNeverShareAKey(t *testing.T) {
	t.Parallel()
	d, c := &database{}, &clock{at: midday}
	r := newReplica(t, d, c)
	if a, b := r.signs(keys.Federation), r.signs(keys.Other); a == b || slices.Contains(r.published(keys.Federation), b) {
		t.Errorf("%s signs one, %s the other", a, b)
	}
	if _, err := r.Sign(t.Context(), "checkpoints", map[string]any{}); err == nil {
		t.Error("signed for a purpose nobody has named")
	}
}

// TestRowOfAnotherMakingNeitherSignsNorIsPublished plays somebody who can write
// the table and not read a key.
func TestRowOfAnotherMakingNeitherSignsNorIsPublished(t *testing.T) {
	t.Parallel()
	d, c := &database{}, &clock{at: midday}
	honest := newReplica(t, d, c)
	kid, other := honest.signs(keys.Federation), honest.signs(keys.Other)
	federation := d.rows[slices.IndexFunc(d.rows, func(r keys.Stored) bool { return r.KID == kid })]
	moved := d.rows[slices.IndexFunc(d.rows, func(r keys.Stored) bool { return r.KID == other })]
	for name, forge := range map[string]func() keys.Stored{
		"a key of another purpose": func() keys.Stored { r := moved; r.Purpose = keys.Federation; return r },
		"a public key of their own": func() keys.Stored {
			r := federation
			r.KID, r.PublicKey = "theirs", []byte("theirs")
			return r
		},
		"the same key as another": func() keys.Stored { r := federation; r.KID = other; return r },
		"another algorithm":       func() keys.Stored { r := federation; r.Algorithm = "PS256"; return r },
		"nothing":                 func() keys.Stored { r := federation; r.KID, r.Ciphertext = "none", nil; return r },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forged := forge()
			forged.NotBefore = midday.Add(-time.Hour)
			rows := []keys.Stored{federation, forged}
			if name == "another algorithm" {
				rows = []keys.Stored{forged}
			}
			d := &database{rows: rows, platform: d.platform}
			r := newReplica(t, d, c)
			set := r.published(keys.Federation)
			if len(set) != 1 || name != "another algorithm" && set[0] != kid || r.signs(keys.Federation) != set[0] {
				t.Errorf("published %v, want %s only", set, kid)
			}
			if !strings.Contains(r.logs.String(), "not one of ours") {
				t.Error("nobody is told")
			}
		})
	}
}

func TestPrivateKeysAreNeverStoredInTheClear(t *testing.T) {
	t.Parallel()
	d, c := &database{}, &clock{at: midday}
	newReplica(t, d, c).signs(keys.Federation)
	row := d.rows[0]
	if _, err := x509.ParsePKCS8PrivateKey(row.Ciphertext); err == nil {
		t.Error("the private key is readable")
	}
	if _, err := x509.ParsePKIXPublicKey(row.PublicKey); err != nil || row.Algorithm != "RS256" || !row.RetiresAt.After(row.NotBefore) || !row.CreatedAt.Equal(midday) {
		t.Errorf("row = %+v, %v", row, err)
	}
}

func TestStoreIsReadOnceAMinuteAndMayBeAwayForHalfADay(t *testing.T) {
	t.Parallel()
	d, c := &database{}, &clock{at: midday}
	r := newReplica(t, d, c)
	kid := r.signs(keys.Federation)
	before := d.asked
	c.pass(59 * time.Second)
	r.signs(keys.Federation)
	if d.asked != before {
		t.Errorf("the store was asked %d times within a minute", d.asked-before)
	}
	c.pass(time.Second)
	r.signs(keys.Federation)
	if d.asked != before+1 {
		t.Errorf("the store was asked %d times after a minute, want once", d.asked-before)
	}
	d.broken = fault.New(fault.Unavailable, "away")
	c.pass(12*time.Hour - time.Second)
	if got := r.signs(keys.Federation); got != kid {
		t.Errorf("%s signs while the store is away", got)
	}
	c.pass(time.Second)
	if _, err := r.Sign(t.Context(), keys.Federation, map[string]any{}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("after half a day: %v", err)
	}
	if _, err := r.Public(t.Context(), keys.Federation); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("after half a day: %v", err)
	}
}

func TestWaitingForKeysEndsWithTheWaiter(t *testing.T) {
	t.Parallel()
	held, release := make(chan struct{}), make(chan struct{})
	d, c := &database{beforeAdd: func() { close(held); <-release }}, &clock{at: midday}
	r := newReplica(t, d, c)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = r.Public(context.WithoutCancel(t.Context()), keys.Federation)
	}()
	<-held
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Public(ctx, keys.Federation); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want the waiter's own", err)
	}
	close(release)
	<-done
}

func TestRingNeedsEverything(t *testing.T) {
	t.Parallel()
	if _, err := keys.NewRing(keys.Options{}); err == nil {
		t.Error("a ring of nothing")
	}
}
