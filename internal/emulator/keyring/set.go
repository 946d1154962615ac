package keyring

import (
	"errors"
	"slices"
)

// What a roll-over cannot do.
var (
	ErrNothingNew = errors.New("the newest key signs already: add one first")
	ErrNothingOld = errors.New("no key is older than the one that signs: add one and sign with it first")
)

// set is one published key set, oldest key first, and which of them signs. A
// change makes another set.
type set struct {
	keys    []*Key
	signing int
	made    int // keys ever made in this series
}

func (s set) signer() *Key { return s.keys[s.signing] }

func (s set) key(id string) (*Key, bool) {
	i := slices.IndexFunc(s.keys, func(k *Key) bool { return k.ID == id })
	if i < 0 {
		return nil, false
	}
	return s.keys[i], true
}

// added publishes a key that does not sign yet.
func (s set) added(fresh *Key) set {
	return set{keys: append(slices.Clip(slices.Clone(s.keys)), fresh), signing: s.signing, made: s.made + 1}
}

// turned signs with the newest key.
func (s set) turned() (set, error) {
	if s.signing == len(s.keys)-1 {
		return s, ErrNothingNew
	}
	s.signing = len(s.keys) - 1
	return s, nil
}

// dropped no longer publishes the oldest key.
func (s set) dropped() (set, error) {
	if s.signing == 0 {
		return s, ErrNothingOld
	}
	return set{keys: slices.Clone(s.keys[1:]), signing: s.signing - 1, made: s.made}, nil
}
