package authorizations

import (
	"encoding/json"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// Request is that somebody has to sign in at a source, as the link says it that
// they are given. It is for them and nobody else.
type Request struct {
	Person     tenants.GUID `json:"person"`
	Source     tenants.GUID `json:"source"`
	Credential tenants.GUID `json:"credential"`
	Scopes     []string     `json:"scopes,omitempty"`   // that the source wants; nil: not said
	Metadata   string       `json:"metadata,omitempty"` // where the source says that its metadata is
}

// LinkLife is how long a link is good.
const LinkLife = 15 * time.Minute

// maxLink is the bytes of a request that a link carries: more of what a source says
// is left out.
const maxLink = 2 << 10

// Link returns the text of a link: it says nothing to whoever has no key of the
// organization. More scopes than a link carries are Upstream.
func (r Request) Link(key *secrets.OrgKey, now time.Time) (string, error) {
	payload, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	if len(payload) > maxLink {
		r.Metadata = ""
		if payload, err = json.Marshal(r); err != nil {
			return "", err
		}
	}
	if len(payload) > key.Links().MaxPayload() {
		return "", fault.New(fault.Upstream, "the source wants more scopes than anybody can be asked to permit; tell whoever runs it")
	}
	return key.Links().Encrypt(nil, payload, now, now.Add(LinkLife))
}

// ReadLink returns the request of a link of the organization. One that is altered,
// expired or another organization's is NotFound or Invalid.
func ReadLink(key *secrets.OrgKey, text string, now time.Time) (Request, error) {
	payload, err := key.Links().Open(nil, text, now)
	if err != nil {
		return Request{}, err
	}
	var r Request
	if err := json.Unmarshal(payload, &r); err != nil {
		return Request{}, fault.Wrap(fault.Internal, "the link cannot be read", err)
	}
	return r, nil
}
