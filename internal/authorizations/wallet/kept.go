package wallet

import (
	"encoding/json"
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tools/upstream/oauth"
)

// kept is what is encrypted of an authorization.
type kept struct {
	server       oauth.Server
	registration oauth.Registration
	token        oauth.Token
	got          time.Time // the token
	place        string    // URL of the source, and the only one where the token is shown
}

// keptForm is kept as it is stored.
type keptForm struct {
	Server       oauth.Server `json:"server"`
	Registration []byte       `json:"registration"`
	Token        []byte       `json:"token"`
	Got          time.Time    `json:"got"`
	Place        string       `json:"place"`
}

// seal encrypts what is kept for the authorization.
func (k kept) seal(snap *snapshot.Snapshot, a authorizations.Authorization) ([]byte, error) {
	form := keptForm{Server: k.server, Got: k.got, Place: k.place}
	var err error
	if form.Registration, err = k.registration.MarshalBinary(); err != nil {
		return nil, err
	}
	if form.Token, err = k.token.MarshalBinary(); err != nil {
		return nil, err
	}
	plain, err := json.Marshal(form)
	if err != nil {
		return nil, err
	}
	return snap.Key.Encrypt(authorizations.Label(a.ID), plain)
}

func open(snap *snapshot.Snapshot, a authorizations.Authorization) (kept, error) {
	plain, err := snap.Key.Decrypt(authorizations.Label(a.ID), a.Kept)
	if err != nil {
		return kept{}, err
	}
	var form keptForm
	if err := json.Unmarshal(plain, &form); err != nil {
		return kept{}, err
	}
	k := kept{server: form.Server, got: form.Got, place: form.Place}
	if err := k.registration.UnmarshalBinary(form.Registration); err != nil {
		return kept{}, err
	}
	return k, k.token.UnmarshalBinary(form.Token)
}

// How long a token is shown: not to its very end, and one that does not say when
// that is for a while.
const (
	renewBefore = 5 * time.Minute
	unsaidLife  = time.Hour
)

// until is when a token is to be renewed.
func (k kept) until() time.Time {
	if k.token.Expires.IsZero() {
		return k.got.Add(unsaidLife)
	}
	life := k.token.Expires.Sub(k.got)
	return k.got.Add(max(life-renewBefore, life/2))
}

// ends is when a token is no use any more.
func (k kept) ends(now time.Time) time.Time {
	if k.token.Expires.IsZero() {
		return now.Add(unsaidLife)
	}
	return k.token.Expires
}
