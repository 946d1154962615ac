package sinks

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Farewell is what a sink is brought last: the record of the change after which it gets
// no more, or not there.
type Farewell struct {
	ID         tenants.GUID
	Sink       tenants.Sink // as it was
	Ciphertext []byte       // of its secret; nil: it has none
	Seq        int64        // of the record; negative: it is not sealed yet
	MadeAt     time.Time
}

// Farewells keeps what sinks are still to be brought.
type Farewells interface {
	// Farewells returns those of an organization, the oldest first.
	Farewells(ctx context.Context, org tenants.ID) ([]Farewell, error)
	// EndFarewell forgets one. What has not arrived contacts are told of.
	EndFarewell(ctx context.Context, by authz.Caller, f Farewell, o Outcome) error
}

// The pace of farewells.
const (
	farewellFor   = time.Hour
	farewellAgain = time.Minute
	sealedSoon    = 2 * time.Second
)

// SayFarewell brings the sinks of an organization what they are to get last, and returns
// when to come again; zero: there is nothing more to do.
func (s *Shipper) SayFarewell(ctx context.Context, org tenants.ID, from Farewells) (again time.Duration, err error) {
	all, err := from.Farewells(ctx, org)
	if err != nil {
		return 0, err
	}
	for _, f := range all {
		wait := sealedSoon
		if f.Seq >= 0 {
			if err = s.farewell(ctx, org, f); err == nil {
				if err := from.EndFarewell(ctx, s.actor(org), f, Arrived); err != nil {
					return 0, err
				}
				continue
			}
			wait = farewellAgain
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if s.opts.Now().Sub(f.MadeAt) >= farewellFor {
			if err := from.EndFarewell(ctx, s.actor(org), f, Failed); err != nil {
				return 0, err
			}
			continue
		}
		if again == 0 || wait < again {
			again = wait
		}
	}
	return again, nil
}

// farewell brings a sink that had records that record, and another the newest checkpoint,
// which commits to it.
func (s *Shipper) farewell(ctx context.Context, org tenants.ID, f Farewell) error {
	head, err := s.opts.Log.Head(ctx, org)
	if err != nil {
		return err
	}
	to, err := s.prepare(ctx, org, Task{Sink: f.Sink, Ciphertext: f.Ciphertext})
	if err != nil {
		return err
	}
	to.Now = s.opts.Now()
	carrier := s.opts.Carriers[f.Sink.Kind]
	if !f.Sink.Records {
		err = carrier.Anchor(ctx, to, Anchor{Origin: head.Origin, Size: head.Size, At: head.SealedAt, Note: head.Checkpoint})
	} else {
		b := Batch{Origin: head.Origin}
		if err := s.opts.Log.Entries(ctx, org, f.Seq, f.Seq+1, func(e Entry) error {
			b.Entries = append(b.Entries, e)
			return nil
		}); err != nil {
			return fmt.Errorf("read record: %w", err)
		}
		err = carrier.Records(ctx, to, b)
	}
	s.observe(ctx, f.Sink.Kind, err, to.Now.Sub(f.MadeAt))
	return err
}
