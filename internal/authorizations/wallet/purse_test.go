package wallet

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/tenants"
)

func TestPurseIsBounded(t *testing.T) {
	t.Parallel()
	p, now := newPurse(), time.Now()
	large := strings.Repeat("x", mostPursed/10)
	at := func() pocket { return pocket{tenants.ID{}, authorizations.Key{Person: tenants.NewGUID()}} }
	for range 25 {
		p.put(at(), coin{large, stamp{version: 1}, now.Add(time.Hour)})
		if p.bytes > mostPursed || len(p.coins) > 10 {
			t.Fatalf("%d bytes in %d", p.bytes, len(p.coins))
		}
	}
	one := at()
	p.put(one, coin{"a", stamp{version: 1}, now.Add(time.Hour)})
	p.put(one, coin{"bc", stamp{version: 1}, now.Add(time.Hour)})
	for range mostCoins + 10 {
		p.put(at(), coin{"a", stamp{version: 1}, now.Add(time.Hour)})
	}
	if len(p.coins) > mostCoins {
		t.Errorf("%d tokens", len(p.coins))
	}
	for other := range p.coins {
		p.forget(other)
	}
	if p.bytes != 0 {
		t.Errorf("%d bytes of nothing", p.bytes)
	}
}

func TestCoinIsGoodForAWhileAVersionAndAPlace(t *testing.T) {
	t.Parallel()
	p, now, at := newPurse(), time.Now(), pocket{}
	p.put(at, coin{"a", stamp{3, "here"}, now.Add(time.Minute)})
	if p.get(at, stamp{3, "here"}, now) != "a" || p.get(at, stamp{4, "here"}, now) != "" || p.get(at, stamp{3, "there"}, now) != "" || p.get(at, stamp{3, "here"}, now.Add(time.Minute)) != "" {
		t.Error("it is good for something else")
	}
}
