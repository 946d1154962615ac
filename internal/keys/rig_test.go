package keys_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/secrets"
)

var midday = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// database keeps keys in memory, as the store does.
type database struct {
	mu        sync.Mutex
	rows      []keys.Stored
	platform  []byte
	asked     int
	broken    error
	beforeAdd func()
}

func (d *database) SigningKeys(_ context.Context, purpose keys.Purpose) ([]keys.Stored, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	var rows []keys.Stored
	for _, r := range d.rows {
		if r.Purpose == purpose {
			rows = append([]keys.Stored{r}, rows...) // the store's order is the other way round
		}
	}
	return rows, d.broken
}

func (d *database) AddSigningKey(_ context.Context, k keys.Stored) error {
	if d.beforeAdd != nil {
		d.beforeAdd()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return d.broken
	}
	if slices.ContainsFunc(d.rows, func(r keys.Stored) bool { return r.Purpose == k.Purpose && r.NotBefore.Equal(k.NotBefore) }) {
		return fault.New(fault.Conflict, "there is one already")
	}
	d.rows = append(d.rows, k)
	return nil
}

func (d *database) PlatformKey(context.Context) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.platform == nil {
		return nil, fault.New(fault.NotFound, "none")
	}
	return d.platform, nil
}

func (d *database) CreatePlatformKey(_ context.Context, wrapped []byte) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.platform == nil {
		d.platform = wrapped
	}
	return d.platform, nil
}

// clock is a time that tests turn.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// replica is one process's ring on a shared database.
type replica struct {
	*keys.Ring
	t    *testing.T
	logs *bytes.Buffer
	now  func() time.Time
}

// newBox returns what every replica of a database encrypts with.
func newBox(t *testing.T, d *database) *secrets.PlatformBox {
	t.Helper()
	kek, err := secrets.NewLocalKEK([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	box, err := secrets.NewPlatformBox(kek, d)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func newReplica(t *testing.T, d *database, c *clock) replica {
	t.Helper()
	logs := &bytes.Buffer{}
	ring, err := keys.NewRing(keys.Options{Store: d, Box: newBox(t, d), Logger: slog.New(slog.NewTextHandler(logs, nil)), Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return replica{ring, t, logs, c.now}
}

// published lists the ids of a purpose's public keys.
func (r replica) published(purpose keys.Purpose) []string {
	r.t.Helper()
	set, err := r.Public(r.t.Context(), purpose)
	if err != nil {
		r.t.Fatal(err)
	}
	kids := make([]string, 0, len(set.Keys))
	for _, k := range set.Keys {
		kids = append(kids, k.KeyID)
	}
	return kids
}

// signs returns the id of the key that signs, having checked that the published
// set verifies what it signs.
func (r replica) signs(purpose keys.Purpose) string {
	r.t.Helper()
	token, err := r.Sign(r.t.Context(), purpose, map[string]any{"sub": "x"})
	if err != nil {
		r.t.Fatal(err)
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		r.t.Fatal(err)
	}
	set, err := r.Public(r.t.Context(), purpose)
	if err != nil {
		r.t.Fatal(err)
	}
	var claims map[string]any
	if err := parsed.Claims(set, &claims); err != nil || claims["sub"] != "x" {
		r.t.Errorf("the published keys do not verify what was signed: %v %v", claims, err)
	}
	return parsed.Headers[0].KeyID
}
