package entra_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
)

func TestNoKeyIsAskedForForAForeignTokenOfOurs(t *testing.T) {
	t.Parallel()
	e, r := newEntra(), newRing()
	v, a := e.issuing(r), brokered(t)
	for _, changes := range []object{{"iss": origin + "/t/fabrikam"}, {"iss": contosoV2}, {"tid": fabrikamTID.String()}, {"tid": nil}, {"iss": nil}} {
		if _, err := v.Verify(t.Context(), ownToken(changes), a); err == nil {
			t.Errorf("%v accepted", changes)
		}
	}
	if _, err := v.Verify(t.Context(), token(nil), a); err == nil {
		t.Error("a token of Entra's is accepted")
	}
	if r.count() != 0 || len(e.fetches) != 0 {
		t.Errorf("asked %d times for keys of ours, fetched %v", r.count(), e.fetches)
	}
	wantToken(t, v, a, ownToken(nil))
	if r.count() != 1 || len(e.fetches) != 0 {
		t.Errorf("for a good one: asked %d times, fetched %v", r.count(), e.fetches)
	}
}

func TestKeyOfOursIsAskedForBehindAnswers(t *testing.T) {
	t.Parallel()
	e, r := newEntra(), newRing()
	v, a := e.issuing(r), brokered(t)
	wantToken(t, v, a, ownToken(nil))
	first := v.Generation(a)
	if first == 0 {
		t.Error("there is no generation")
	}
	e.advance(10 * time.Second)
	wantToken(t, v, a, ownToken(nil))
	if r.count() != 1 {
		t.Errorf("asked %d times within ten seconds", r.count())
	}
	r.set(map[string]*ecdsa.PublicKey{"o1": &ecKey("ours").PublicKey, "o2": &ecKey("next").PublicKey}, nil)
	next := mintOwn("next", with(ownHeader(), object{"kid": "o2"}), owned())
	wantToken(t, v, a, next) // an unknown key is asked for at once
	if second := v.Generation(a); second == first || r.count() != 2 {
		t.Errorf("generation %d after %d, asked %d times", second, first, r.count())
	}
	for range 5 {
		wantRefusal(t, v, a, mintOwn("theirs", with(ownHeader(), object{"kid": "o9"}), owned()), entra.UnknownKey)
	}
	if r.count() != 2 {
		t.Errorf("asked %d times for keys nobody has", r.count())
	}
}

func TestWithdrawnKeyOfOursIsGoneSoon(t *testing.T) {
	t.Parallel()
	e, r := newEntra(), newRing()
	v, a := e.issuing(r), brokered(t)
	long := ownToken(object{"exp": began.Unix() + 3600})
	wantToken(t, v, a, long)
	before := v.Generation(a)
	r.set(map[string]*ecdsa.PublicKey{"o2": &ecKey("next").PublicKey}, nil)
	e.advance(20 * time.Second)
	_, _ = v.Verify(t.Context(), long, a) // may be answered with what was known; asks behind
	wantToken(t, v, a, mintOwn("next", with(ownHeader(), object{"kid": "o2"}), owned()))
	wantRefusal(t, v, a, long, entra.UnknownKey)
	if v.Generation(a) == before {
		t.Error("what was verified with the key is still remembered")
	}
}

func TestKeysOfOursMayBeAwayForMinutes(t *testing.T) {
	t.Parallel()
	e, r := newEntra(), newRing()
	v, a := e.issuing(r), brokered(t)
	long := ownToken(object{"exp": began.Unix() + 3600})
	wantToken(t, v, a, long)
	r.set(nil, errors.New("the database is away"))
	e.advance(5*time.Minute - time.Second)
	wantToken(t, v, a, long)
	e.advance(time.Minute)
	if _, err := v.Verify(t.Context(), long, a); fault.KindOf(err) != fault.Unavailable || fault.Public(err) != "access tokens cannot be checked now; try again shortly" {
		t.Errorf("error = %v", err)
	}
	r.set(newRing().keys, nil)
	e.advance(time.Second)
	wantToken(t, v, a, long)
}

func TestKeyOnAnotherCurveIsNoneOfOurs(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]*ecdsa.PublicKey{"P-384": &must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)).PublicKey, "none": nil} {
		r := newRing()
		r.set(map[string]*ecdsa.PublicKey{"o1": &ecKey("ours").PublicKey, "o2": key}, nil)
		v, a := newEntra().issuing(r), brokered(t)
		wantToken(t, v, a, ownToken(nil))
		wantRefusal(t, v, a, mintOwn("ours", with(ownHeader(), object{"kid": "o2"}), owned()), entra.UnknownKey)
		r.set(map[string]*ecdsa.PublicKey{"o2": key}, nil)
		if _, err := newEntra().issuing(r).Verify(t.Context(), ownToken(nil), a); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s alone: %v", name, err)
		}
	}
}

func TestKeysOfOursDecideOnlyWhereTheyAreAccepted(t *testing.T) {
	t.Parallel()
	e, r := newEntra(), newRing()
	v := e.issuing(r)
	wantToken(t, v, brokered(t), ownToken(nil))
	if v.Generation(accepting(t)) != 0 || v.Generation(brokered(t).ForRole("x")) != 0 || v.Generation(brokered(t)) == 0 {
		t.Error("the generation is not that of the keys that tokens are checked with")
	}
}
