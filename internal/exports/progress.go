package exports

import (
	"crypto/sha256"
	"encoding"
	"encoding/json"
	"fmt"
	"hash"

	"gatehouse/internal/audit/search"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// progress is how the content of an export goes on.
type progress struct {
	place   search.Place
	pending []byte    // made, and in no part yet
	digest  hash.Hash // of what is in parts
}

// kept is a progress as it is written down, encrypted.
type kept struct {
	Place   search.Place `json:"place"`
	Pending []byte       `json:"pending,omitempty"`
	Digest  []byte       `json:"digest"`
}

func (p *progress) pack(key *secrets.OrgKey, id tenants.GUID) ([]byte, error) {
	state, is := p.digest.(encoding.BinaryMarshaler)
	if !is {
		return nil, fault.New(fault.Internal, "the digest of an export cannot be kept")
	}
	digest, err := state.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("keep digest: %w", err)
	}
	text, err := json.Marshal(kept{p.place, p.pending, digest})
	if err != nil {
		return nil, fmt.Errorf("write down progress: %w", err)
	}
	return key.Encrypt(progressLabel(id), text)
}

// unpack reads what pack has written; nothing is the beginning.
func unpack(key *secrets.OrgKey, id tenants.GUID, ciphertext []byte) (*progress, error) {
	p := &progress{digest: sha256.New()}
	if len(ciphertext) == 0 {
		return p, nil
	}
	text, err := key.Decrypt(progressLabel(id), ciphertext)
	if err != nil {
		return nil, err
	}
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, fmt.Errorf("read progress: %w", err)
	}
	state, is := p.digest.(encoding.BinaryUnmarshaler)
	if !is {
		return nil, fault.New(fault.Internal, "the digest of an export cannot be kept")
	}
	p.place, p.pending = k.Place, k.Pending
	return p, state.UnmarshalBinary(k.Digest)
}
