package secrets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Stored is every wrapped key there is.
type Stored interface {
	// WrappedKeys returns up to limit organizations' wrapped keys in the order
	// of their ids, those after one; the zero ID stands before all. A page
	// that is empty is the last. An organization whose key was destroyed is
	// left out, or its key is empty.
	WrappedKeys(ctx context.Context, after tenants.ID, limit int) ([]WrappedKey, error)
	// Rewrap replaces an organization's wrapped key if it still is old,
	// otherwise it fails with Conflict.
	Rewrap(ctx context.Context, org tenants.ID, old, wrapped []byte) error
	// PlatformKey is that of PlatformKeys.
	PlatformKey(ctx context.Context) ([]byte, error)
	// RewrapPlatformKey replaces the platform's wrapped key if it still is old,
	// otherwise it fails with Conflict.
	RewrapPlatformKey(ctx context.Context, old, wrapped []byte) error
}

// WrappedKey is one organization's.
type WrappedKey struct {
	Org     tenants.ID
	Wrapped []byte
}

// Rotation is what Rotate did, also when it failed.
type Rotation struct {
	Version   string // everything counted below except Failed is wrapped under it now
	Rewrapped int    // keys
	Current   int    // were so already
	Changed   int    // were replaced or removed by somebody else meanwhile
	Failed    int    // cannot be opened; the error tells whose and why
}

// page is how many keys are read at a time.
const page = 200

// Rotate wraps the platform's key and every organization's under the current
// version of the box's key-encryption key. What they encrypted is not touched and
// replicas go on meanwhile, if they know that version too.
//
// One that cannot be opened does not stop the rest. When a service cannot be
// asked Rotate waits and tries again a few times, then fails with its fault;
// running it again goes on where it ended. Two at once do each other no harm.
func Rotate(ctx context.Context, stored Stored, box *Box) (Rotation, error) {
	r := rotation{stored: stored, box: box}
	err := r.platform(ctx)
	if err == nil {
		err = r.organizations(ctx)
	}
	r.report.Version = box.kek.Current()
	if err = errors.Join(append(r.failures, err)...); err != nil {
		return r.report, fmt.Errorf("rotate keys: %w", err)
	}
	return r.report, nil
}

// rotation is one Rotate under way.
type rotation struct {
	stored   Stored
	box      *Box
	report   Rotation
	failures []error
}

func (r *rotation) platform(ctx context.Context) error {
	var wrapped []byte
	err := patiently(ctx, func() (err error) {
		wrapped, err = r.stored.PlatformKey(ctx)
		return err
	})
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil // nothing has needed it yet
	}
	if err != nil {
		return fmt.Errorf("read platform key: %w", err)
	}
	return r.one(ctx, sealedKey{"platform key", wrapped, platformBinding()}, func(rewrapped []byte) error {
		return r.stored.RewrapPlatformKey(ctx, wrapped, rewrapped)
	})
}

func (r *rotation) organizations(ctx context.Context) error {
	var after tenants.ID
	for {
		var keys []WrappedKey
		err := patiently(ctx, func() (err error) {
			keys, err = r.stored.WrappedKeys(ctx, after, page)
			return err
		})
		if err != nil {
			return fmt.Errorf("read organizations' keys: %w", err)
		}
		if len(keys) == 0 {
			return nil
		}
		for _, k := range keys {
			after = k.Org
			if len(k.Wrapped) == 0 {
				continue
			}
			err := r.one(ctx, sealedKey{"key of organization " + k.Org.String(), k.Wrapped, keyBinding(k.Org)}, func(rewrapped []byte) error {
				return r.stored.Rewrap(ctx, k.Org, k.Wrapped, rewrapped)
			})
			if err != nil {
				return err
			}
		}
	}
}

// sealedKey is one wrapped key and what it is bound to.
type sealedKey struct {
	what             string
	wrapped, binding []byte
}

// one wraps one key anew. It returns only errors that stop everything.
func (r *rotation) one(ctx context.Context, k sealedKey, replace func([]byte) error) error {
	var rewrapped []byte
	current := false
	err := patiently(ctx, func() (err error) {
		rewrapped, current, err = r.box.rewrap(ctx, k.wrapped, k.binding)
		return err
	})
	if err == nil && current {
		r.report.Current++
		return nil
	}
	if err == nil {
		err = patiently(ctx, func() error { return replace(rewrapped) })
	}
	switch {
	case err == nil:
		r.report.Rewrapped++
	case fault.KindOf(err) == fault.Conflict || fault.KindOf(err) == fault.NotFound:
		r.report.Changed++
	case passing(err) || ctx.Err() != nil:
		return fmt.Errorf("%s: %w", k.what, err)
	default:
		r.report.Failed++
		r.failures = append(r.failures, fmt.Errorf("%s: %w", k.what, err))
	}
	return nil
}

// Patience with a service that cannot be asked.
const (
	attempts = 5
	restMin  = time.Second
	restMax  = time.Minute
)

// patiently tries until it works, fails for good, or has failed too often. It
// waits as long as the fault asks for, within bounds.
func patiently(ctx context.Context, try func() error) error {
	rest := restMin
	for attempt := 1; ; attempt++ {
		err := try()
		if err == nil || !passing(err) || attempt == attempts {
			return err
		}
		timer := time.NewTimer(min(max(rest, fault.RetryAfter(err)), restMax))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(err, context.Cause(ctx))
		}
		rest *= 2
	}
}

// passing reports whether waiting may help.
func passing(err error) bool {
	kind := fault.KindOf(err)
	return kind == fault.Unavailable || kind == fault.Limited
}
