package keys

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/telemetry"
)

const (
	fresh = time.Minute    // how long what was read is not read again
	stale = 12 * time.Hour // how long it serves when the store does not answer
)

// shelf is what is known of one purpose's keys.
type shelf struct {
	// turn is held by who reads the store. It is a channel so that waiting
	// ends with the waiter's context.
	turn chan struct{}

	mu   sync.Mutex
	keys []key // by notBefore; never changed in place
	at   time.Time
}

// look returns what is known and how old it is.
func (s *shelf) look(now time.Time) ([]key, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys, now.Sub(s.at)
}

func (s *shelf) keep(keys []key, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.at = keys, now
}

// forget makes the next look read the store.
func (s *shelf) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = time.Time{}
}

// known returns a purpose's keys, of which there is at least one.
func (r *Ring) known(ctx context.Context, purpose Purpose) ([]key, error) {
	s, ok := r.purposes[purpose]
	if !ok {
		return nil, fmt.Errorf("signing keys: purpose %q is not known", purpose)
	}
	if keys, age := s.look(r.o.Now()); len(keys) > 0 && age < fresh {
		return keys, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("read %s keys: %w", purpose, context.Cause(ctx))
	}
	keys, age := s.look(r.o.Now())
	if len(keys) > 0 && age < fresh { // read by who had the turn before
		return keys, nil
	}
	read, err := r.refresh(ctx, purpose)
	if err != nil {
		if len(keys) > 0 && age < stale && fault.KindOf(err) == fault.Unavailable {
			return keys, nil
		}
		return nil, fmt.Errorf("read %s keys: %w", purpose, err)
	}
	s.keep(read, r.o.Now())
	return read, nil
}

// refresh reads a purpose's keys and makes the first or the next one if it is
// time.
func (r *Ring) refresh(ctx context.Context, purpose Purpose) ([]key, error) {
	keys, err := r.read(ctx, purpose)
	if err != nil {
		return nil, err
	}
	now := r.o.Now()
	switch _, serves := current(keys, now); {
	case !serves:
		err = r.add(ctx, purpose, firstAt(now))
	case due(keys[len(keys)-1].notBefore, now):
		err = r.add(ctx, purpose, nextAt(now))
	default:
		return keys, nil
	}
	if err != nil {
		return nil, err
	}
	if keys, err = r.read(ctx, purpose); err == nil && len(keys) == 0 {
		err = errors.New("the key just stored is not there")
	}
	return keys, err
}

// read returns the keys of a purpose that are ours, by the instant they begin to
// sign.
func (r *Ring) read(ctx context.Context, purpose Purpose) ([]key, error) {
	rows, err := r.o.Store.SigningKeys(ctx, purpose)
	if err != nil {
		return nil, err
	}
	known, _ := r.purposes[purpose].look(r.o.Now())
	var keys []key
	for _, row := range rows {
		k, err := r.open(ctx, purpose, row, known)
		if errors.Is(err, secrets.ErrAltered) || errors.Is(err, errForeign) {
			r.o.Logger.LogAttrs(ctx, slog.LevelError, "a stored signing key is not one of ours and is left out",
				slog.String("purpose", string(purpose)), slog.String("kid", row.KID), telemetry.Err(err))
			continue
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		if order := a.notBefore.Compare(b.notBefore); order != 0 {
			return order
		}
		return strings.Compare(a.kid, b.kid)
	})
	return keys, nil
}

// add makes a key that signs from an instant on, unless another replica has made
// one for that instant.
func (r *Ring) add(ctx context.Context, purpose Purpose, at time.Time) error {
	row, err := r.make(ctx, purpose, at)
	if err != nil {
		return err
	}
	if err := r.o.Store.AddSigningKey(ctx, row); err != nil && fault.KindOf(err) != fault.Conflict {
		return err
	}
	return nil
}
