package entra

import (
	"crypto/sha256"
	"errors"
	"strconv"
	"sync"
	"time"
)

// digest names a request without what it says.
type digest [sha256.Size]byte

var errResting = errors.New("the token endpoint did not answer several requests in a row and is left alone for a moment")

// same is what makes two requests equal: their form, but for the proof, which is
// new each time or speaks for everybody.
func (r request) same() digest {
	h := sha256.New()
	for _, part := range []string{
		r.endpoint, r.line.client.String(), r.form.Get("grant_type"), r.form.Get("assertion"), r.form.Get("refresh_token"), r.form.Get("code"),
		r.form.Get("scope"), r.form.Get("claims"),
	} {
		_, _ = h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return digest(h.Sum(nil))
}

// Bounds of what refusals are held for, and how many. Entra counts equal requests
// in five minutes and blocks an app that goes on (AADSTS50196): held for 1 s, 2 s, 4 s
// up to a minute, one request comes at most eleven times in five minutes. Once Entra
// speaks of a loop it is left alone for as long as it counts.
const (
	firstHold   = time.Second
	longestHold = time.Minute
	loopHold    = 5 * time.Minute
	maxRefusals = 16384           // in all; one takes some 300 bytes
	refusalsFor = maxRefusals / 4 // of one tenant, so that none pushes the others out
)

// guard holds Entra's refusals for a moment, so that who asks the same again gets
// the same answer without asking.
type guard struct {
	mu    sync.Mutex
	by    map[quietLine]map[digest]*refused
	total int
}

type refused struct {
	with  TokenError
	times int // in a row
	until time.Time
	gone  time.Time // when nothing is remembered of it
}

func newGuard() *guard { return &guard{by: map[quietLine]map[digest]*refused{}} }

// holds returns the refusal that still stands, nil if Entra may be asked.
func (g *guard) holds(asked request, same digest, now time.Time) *TokenError {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.by[asked.line][same]
	if r == nil || !now.Before(r.until) || !r.with.isLoop() && asked.again == atWill {
		return nil
	}
	again := r.with
	if again.Class == Throttled {
		again.RetryAfter = r.until.Sub(now)
	}
	return &again
}

// learn holds a refusal, or forgets about the request. What says nothing of the
// request itself is the line's affair.
func (g *guard) learn(asked request, same digest, now time.Time, got *TokenError) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := asked.line
	switch {
	case got == nil:
		g.remove(key, same)
		return
	case got.isLoop():
	case got.Class == Transient || got.Class == Throttled || asked.again == atWill:
		return
	}
	r := g.by[key][same]
	if r == nil || !now.Before(r.gone) {
		r = g.add(key, same, now)
	}
	hold := min(firstHold<<min(r.times, 10), longestHold)
	if got.isLoop() {
		hold = loopHold
	}
	r.with, r.times = *got, r.times+1
	r.until, r.gone = now.Add(hold), now.Add(hold+loopHold)
}

func (g *guard) add(key quietLine, request digest, now time.Time) *refused {
	g.remove(key, request)
	of := g.by[key]
	g.tidy(key, of, now)
	if len(of) >= refusalsFor {
		g.removeAny(key)
	}
	for other := range g.by {
		if g.total < maxRefusals {
			break
		}
		g.removeAny(other)
	}
	if g.by[key] == nil {
		g.by[key] = map[digest]*refused{}
	}
	r := &refused{}
	g.by[key][request] = r
	g.total++
	return r
}

// tidy drops what is over among a few. Go iterates a map from a random place.
func (g *guard) tidy(key quietLine, of map[digest]*refused, now time.Time) {
	looked := 0
	for request, r := range of {
		if !now.Before(r.gone) {
			g.remove(key, request)
		}
		if looked++; looked == accessTidy {
			return
		}
	}
}

func (g *guard) removeAny(key quietLine) {
	for request := range g.by[key] {
		g.remove(key, request)
		return
	}
}

func (g *guard) remove(key quietLine, request digest) {
	of := g.by[key]
	if _, ok := of[request]; !ok {
		return
	}
	g.total--
	if delete(of, request); len(of) == 0 {
		delete(g.by, key)
	}
}
