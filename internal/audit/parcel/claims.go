package parcel

import (
	"bytes"
	"strings"

	"gatehouse/internal/audit/proof"
)

// claims are what whoever made a package says of the log.
type claims struct {
	origin     string
	keys       []proof.Key
	signed     []byte
	checkpoint proof.Checkpoint
}

func (v *verifier) origin(content []byte) error {
	v.claims.origin = strings.TrimSuffix(string(content), "\n")
	return nil
}

func (v *verifier) keys(content []byte) error {
	for line := range strings.Lines(string(content)) {
		k, err := proof.ParseKey(strings.TrimSpace(line))
		if err != nil {
			return wrong(Keys, "a line of it is no key")
		}
		v.claims.keys = append(v.claims.keys, k)
	}
	return nil
}

func (v *verifier) checkpoint(content []byte) error {
	c, err := proof.ReadCheckpoint(content)
	if err != nil {
		return wrong(Checkpoint, "it is no checkpoint")
	}
	v.claims.signed, v.claims.checkpoint = content, c
	v.others = append(v.others, c)
	return nil
}

// claimed holds the claims against what was verified.
func (v *verifier) claimed() error {
	c := v.claims
	if c.origin != v.Export.Origin {
		return wrong(Origin, "it names another log than the export")
	}
	if c.checkpoint.Origin != v.Export.Origin {
		return wrong(Checkpoint, "it is of another log than the export")
	}
	for _, k := range v.trust.Keys {
		for _, claimed := range c.keys {
			v.YourKey = v.YourKey || k.Name() == claimed.Name() && k.Public().Equal(claimed.Public())
		}
	}
	if !v.YourKey {
		return wrong(Keys, "it does not have the key that the export was verified with")
	}
	for _, k := range append(v.trust.Keys, c.keys...) {
		if _, err := proof.OpenCheckpoint(c.signed, c.origin, k); err == nil {
			v.Signed = true
		}
	}
	if !v.Signed {
		return wrong(Checkpoint, "none of the log's keys has signed it")
	}
	v.Claimed = c.checkpoint
	v.YourCheckpoint = bytes.Equal(c.signed, v.trust.Checkpoint)
	return nil
}
