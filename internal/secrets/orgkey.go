package secrets

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"gatehouse/internal/tenants"
)

// ErrAltered is in the chain of Decrypt's error when a ciphertext is not what
// Encrypt made for the same organization and label.
var ErrAltered = errors.New("the ciphertext was altered, or belongs to another organization, kind or row")

// OrgKey is an organization's key, ready for use. It is immutable and safe for
// concurrent use.
type OrgKey struct {
	org       tenants.ID
	data      tink.AEAD
	sessions  *TokenBox
	cursors   *TokenBox
	states    *TokenBox
	questions *TokenBox
	links     *TokenBox
	tasks     *TokenBox
	exports   *TokenBox
	refresh   []byte // for the MACs of refresh tokens
	webhooks  []byte // for the secrets of webhooks
	logs      []byte // the keys of the log are derived from it
	log       atomic.Pointer[stretchKey]
}

// newOrgKey derives the working keys from the organization's root key, which is
// not kept. Each purpose has a key of its own, so that a token can never be
// presented as a secret or as a token of another purpose.
func newOrgKey(org tenants.ID, root []byte) (*OrgKey, error) {
	if len(root) != 32 {
		return nil, fmt.Errorf("open key of organization %s: it has %d bytes, not 32", org, len(root))
	}
	key, err := derive(org, root, "data")
	if err != nil {
		return nil, err
	}
	data, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, fmt.Errorf("create cipher: %w", err)
	}
	k := &OrgKey{org: org, data: data}
	if k.refresh, err = derive(org, root, "refresh token"); err != nil {
		return nil, err
	}
	if k.webhooks, err = derive(org, root, "webhook"); err != nil {
		return nil, err
	}
	if k.logs, err = derive(org, root, "log"); err != nil {
		return nil, err
	}
	for _, s := range []struct {
		box    **TokenBox
		limits limits
	}{{&k.sessions, sessionLimits}, {&k.cursors, cursorLimits}, {&k.states, stateLimits}, {&k.questions, questionLimits}, {&k.links, linkLimits}, {&k.tasks, taskLimits}, {&k.exports, exportLimits}} {
		if *s.box, err = newTokenBox(org, root, s.limits); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// derive returns the key for a purpose (RFC 5869).
func derive(org tenants.ID, root []byte, purpose string) ([]byte, error) {
	id := org.Bytes()
	key, err := hkdf.Key(sha256.New, root, id[:], "gatehouse "+purpose+" v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive %s key: %w", purpose, err)
	}
	return key, nil
}

// Label says what a secret is: its kind, a constant of the code, and the id of
// the row that holds it. Both are required.
type Label struct{ Kind, ID string }

// SourceLabel is the label of what is secret of a source's credential: the value of
// a header, or a client secret.
func SourceLabel(credential tenants.GUID) Label {
	return Label{Kind: "source credential", ID: credential.String()}
}

// SinkLabel is the label of what is secret of a sink of the log.
func SinkLabel(id tenants.GUID) Label { return Label{Kind: "sink secret", ID: id.String()} }

// dataFormat is the first byte of a ciphertext; what follows is tink's AES-256-
// GCM: nonce, ciphertext, tag.
const dataFormat = 1

// Encrypt encrypts a secret for its row (AES-256-GCM). Only Decrypt with the
// same organization's key and the same label opens it.
func (k *OrgKey) Encrypt(l Label, plaintext []byte) ([]byte, error) {
	return encrypt(k.org, k.data, l, plaintext)
}

// Decrypt returns what Encrypt was given for the same label. Otherwise
// ErrAltered is in the error's chain.
func (k *OrgKey) Decrypt(l Label, ciphertext []byte) ([]byte, error) {
	return decrypt(k.org, k.data, l, ciphertext)
}

func encrypt(org tenants.ID, key tink.AEAD, l Label, plaintext []byte) ([]byte, error) {
	binding, err := bindingOf(org, l)
	if err != nil {
		return nil, err
	}
	ciphertext, err := key.Encrypt(plaintext, binding)
	if err != nil {
		return nil, fmt.Errorf("encrypt %s: %w", l.Kind, err)
	}
	return append([]byte{dataFormat}, ciphertext...), nil
}

func decrypt(org tenants.ID, key tink.AEAD, l Label, ciphertext []byte) ([]byte, error) {
	binding, err := bindingOf(org, l)
	if err != nil {
		return nil, err
	}
	if len(ciphertext) == 0 || ciphertext[0] != dataFormat {
		return nil, fmt.Errorf("decrypt %s %s: %w", l.Kind, l.ID, ErrAltered)
	}
	plaintext, err := key.Decrypt(ciphertext[1:], binding)
	if err != nil {
		return nil, fmt.Errorf("decrypt %s %s: %w", l.Kind, l.ID, ErrAltered)
	}
	return plaintext, nil
}

// bindingDomain keeps what a secret is bound to from being taken for anything else.
const bindingDomain = "gatehouse secret"

func bindingOf(org tenants.ID, l Label) ([]byte, error) {
	if l.Kind == "" || l.ID == "" {
		return nil, errors.New("label secret: kind and id are both required")
	}
	id := org.Bytes()
	return bind([]byte(bindingDomain), id[:], []byte(l.Kind), []byte(l.ID)), nil
}

// Org returns whose key it is.
func (k *OrgKey) Org() tenants.ID { return k.org }

// Sessions encrypts MCP session ids of legacy clients.
func (k *OrgKey) Sessions() *TokenBox { return k.sessions }

// Cursors encrypts pagination cursors.
func (k *OrgKey) Cursors() *TokenBox { return k.cursors }

// RequestStates encrypts what a client carries between the rounds of one request,
// 16 kB of a server's own and what we have to add.
func (k *OrgKey) RequestStates() *TokenBox { return k.states }

// Tasks encrypts the ids of tasks that servers behind us run.
func (k *OrgKey) Tasks() *TokenBox { return k.tasks }

// Questions encrypts the ids of requests that a legacy client is sent, which say
// where its answer belongs.
func (k *OrgKey) Questions() *TokenBox { return k.questions }

// Exports encrypts what an export of the log holds, for whoever goes on reading it.
func (k *OrgKey) Exports() *TokenBox { return k.exports }

// Links encrypts what a link says that somebody is to open in a browser.
func (k *OrgKey) Links() *TokenBox { return k.links }

// Format hides the key from every verb of fmt.
func (*OrgKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "•••") }

// LogValue hides the key.
func (*OrgKey) LogValue() slog.Value { return slog.StringValue("•••") }

// MarshalText hides the key.
func (*OrgKey) MarshalText() ([]byte, error) { return []byte("•••"), nil }
