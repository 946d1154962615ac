package witness

import (
	"fmt"
	"slices"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
)

// keys are those that are trusted, and those that they have named their successors.
func (p Proof) keys(trusted []proof.Key) ([]proof.Key, error) {
	c, err := proof.ReadCheckpoint([]byte(p.Platform))
	if err != nil {
		return nil, err
	}
	all := slices.Clone(trusted)
	for i, s := range p.Successions {
		read, err := s.read()
		if err == nil {
			err = read.Check(c.Origin)
		}
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, fmt.Sprintf("succession %d is not signed by the key that it begins with", i+1), err)
		}
		if slices.ContainsFunc(all, func(k proof.Key) bool { return k.String() == read.From.String() }) {
			all = append(all, read.To)
		}
	}
	return all, nil
}

// platform opens the platform's checkpoint.
func (p Proof) platform(keys []proof.Key) (proof.Checkpoint, error) {
	c, err := proof.ReadCheckpoint([]byte(p.Platform))
	if err == nil && !IsOrigin(c.Origin) {
		err = fault.Newf(fault.Invalid, "%.200q is the name of no platform's log", c.Origin)
	}
	if err != nil {
		return proof.Checkpoint{}, err
	}
	c, err = proof.OpenCheckpoint([]byte(p.Platform), c.Origin, keys...)
	if err != nil {
		return c, fault.Wrap(fault.Invalid, "the platform's checkpoint: "+fault.Public(err), err)
	}
	return c, nil
}

// platform opens the one that the reader holds; nil: none.
func (t Trust) platform(keys []proof.Key, origin string) (*proof.Checkpoint, error) {
	if t.Platform == nil {
		return nil, nil //nolint:nilnil // a reader may hold none
	}
	c, err := proof.OpenCheckpoint(t.Platform, origin, keys...)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "the platform's checkpoint that you hold: "+fault.Public(err), err)
	}
	return &c, nil
}

func (t Trust) held(keys []proof.Key) (*proof.Checkpoint, error) {
	if t.Held == nil {
		return nil, nil //nolint:nilnil // a reader may hold none
	}
	c, err := proof.ReadCheckpoint(t.Held)
	if err == nil {
		c, err = proof.OpenCheckpoint(t.Held, c.Origin, keys...)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "the checkpoint that you hold: "+fault.Public(err), err)
	}
	return &c, nil
}
