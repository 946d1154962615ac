package mcphost

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// Mailbox passes what is said about a request to the replica that waits for it.
// A letter is opened by whoever waits for it or has promised it, filled once and
// taken once. The store wakes who waits, and looks itself where nobody is told.
type Mailbox interface {
	// OpenLetters opens letters until an instant.
	OpenLetters(ctx context.Context, by authz.Caller, until time.Time, ids ...tenants.GUID) error
	// KeepLetter keeps a letter open for longer. It is NotFound when it was closed
	// or filled.
	KeepLetter(ctx context.Context, by authz.Caller, id tenants.GUID, until time.Time) error
	// PutLetter fills a letter, which lies there until an instant; nil fills it
	// with nothing but the fact. It is NotFound when it is not open and Conflict
	// when it has been filled.
	PutLetter(ctx context.Context, by authz.Caller, id tenants.GUID, ciphertext []byte, until time.Time) error
	// TakeLetter waits for a letter. It is NotFound when it is not open, expires or
	// has been taken, and Unavailable when ctx ends first.
	TakeLetter(ctx context.Context, org tenants.ID, id tenants.GUID) ([]byte, error)
	// CloseLetter closes a letter that nobody waits for any more.
	CloseLetter(ctx context.Context, by authz.Caller, id tenants.GUID) error
}

// post is the mailbox for one organization: what goes through it is encrypted.
type post struct {
	box Mailbox
	key *secrets.OrgKey
}

func letterLabel(id tenants.GUID) secrets.Label {
	return secrets.Label{Kind: "letter", ID: id.String()}
}

// put fills a letter with text.
func (p post) put(ctx context.Context, by authz.Caller, id tenants.GUID, text []byte, until time.Time) error {
	ciphertext, err := p.key.Encrypt(letterLabel(id), text)
	if err != nil {
		return fault.Wrap(fault.Internal, "the answer cannot be passed on", err)
	}
	return p.box.PutLetter(ctx, by, id, ciphertext, until)
}

// take waits for a letter and returns its text.
func (p post) take(ctx context.Context, org tenants.ID, id tenants.GUID) ([]byte, error) {
	ciphertext, err := p.box.TakeLetter(ctx, org, id)
	if err != nil {
		return nil, err
	}
	return p.key.Decrypt(letterLabel(id), ciphertext)
}
