package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// CredentialStore reads and replaces the credential of an organization's
// connection.
type CredentialStore interface {
	KeyStore
	// PutCredentialIf replaces the credential unless check refuses the organization
	// as it is before: nobody else changes it between check and the writing.
	PutCredentialIf(ctx context.Context, by authz.Caller, n tenants.NewCredential, check func(tenants.Organization) error) (tenants.Organization, error)
}

// PutCredential gives the connection of an own app another credential. One of an
// organization in use is proved first, so that a wrong one breaks nothing.
func (ob *Onboarding) PutCredential(ctx context.Context, by authz.Caller, n console.NewCredential, check func(tenants.Connection) error) (tenants.Connection, error) {
	o, err := ob.Store.Organization(ctx, by.Org())
	if err != nil {
		return tenants.Connection{}, err
	}
	switch {
	case o.Connection.ClientID.IsZero():
		return tenants.Connection{}, fault.New(fault.Conflict, "credential: there is no connection to give one; connect an app registration of your own first")
	case o.Connection.Model == tenants.SharedApp:
		err := tenants.CheckCredential(tenants.SharedApp, n.Kind)
		if err == nil {
			err = fault.New(fault.Invalid, "credential: the shared app's is the platform's; connect an app registration of your own first")
		}
		return tenants.Connection{}, err
	}
	if err := check(o.Connection); err != nil {
		return tenants.Connection{}, err
	}
	credential, plain, err := ob.credential(n)
	if err != nil {
		return tenants.Connection{}, err
	}
	if err := ob.tryOut(ctx, o, credential, plain); err != nil {
		return tenants.Connection{}, err
	}
	ciphertext, err := ob.encrypt(ctx, o.ID, credential, plain)
	if err != nil {
		return tenants.Connection{}, err
	}
	read := o
	o, err = ob.Store.PutCredentialIf(ctx, by, tenants.NewCredential{Credential: credential, Ciphertext: ciphertext}, func(now tenants.Organization) error {
		if err := now.Connectable(); err != nil {
			return err
		}
		if !tenants.SameProof(now.Connection, read.Connection) || now.State.Serves() != read.State.Serves() {
			return fault.New(fault.Conflict, "the connection was changed meanwhile; read it and try again")
		}
		return check(now.Connection)
	})
	if err != nil {
		return tenants.Connection{}, err
	}
	return o.Connection, nil
}

// complete refuses a credential without what its kind needs, and one with what
// belongs to another kind.
func complete(n console.NewCredential) error {
	secret, certificate := n.Kind == tenants.ClientSecret, n.Kind == tenants.Certificate
	switch {
	case secret && n.Secret == "":
		return fault.New(fault.Invalid, "secret is missing; a credential of kind client_secret is the value of one, which Entra shows once")
	case !secret && n.Secret != "":
		return fault.Newf(fault.Invalid, "secret: goes with kind client_secret only; leave it out for %s", n.Kind)
	case certificate && n.Certificate == "":
		return fault.New(fault.Invalid, "certificate is missing; a credential of kind certificate is a certificate and its private key in PEM")
	case !certificate && n.Certificate != "":
		return fault.Newf(fault.Invalid, "certificate: goes with kind certificate only; leave it out for %s", n.Kind)
	case !secret && n.ExpiresAt != nil:
		return fault.Newf(fault.Invalid, "expiresAt: goes with kind client_secret only; leave it out for %s", n.Kind)
	}
	return nil
}

// credential reads a new credential: what is known of it, and what is secret.
func (ob *Onboarding) credential(n console.NewCredential) (tenants.Credential, []byte, error) {
	k := tenants.Credential{ID: tenants.NewGUID(), Kind: n.Kind, CreatedAt: ob.Now().UTC().Truncate(time.Microsecond)}
	if err := tenants.CheckCredential(tenants.OwnApp, n.Kind); err != nil {
		return k, nil, err
	}
	if err := complete(n); err != nil {
		return k, nil, err
	}
	var plain []byte
	switch n.Kind {
	case tenants.ClientSecret:
		if _, err := entra.SecretCredential(entra.NewSecret(n.Secret)); err != nil {
			return k, nil, err
		}
		plain = []byte(n.Secret)
		if n.ExpiresAt != nil {
			if err := tenants.CheckEnd(*n.ExpiresAt); err != nil {
				return k, nil, fault.New(fault.Invalid, "expiresAt: "+fault.Public(err))
			}
			k.ExpiresAt = n.ExpiresAt.UTC().Truncate(time.Microsecond)
		}
	case tenants.Certificate:
		bundle, err := entra.ParseCertificate([]byte(n.Certificate))
		if err != nil {
			return k, nil, err
		}
		plain, k.Thumbprint, k.ExpiresAt = []byte(n.Certificate), bundle.Thumbprint(), bundle.ExpiresAt()
	case tenants.PlatformIssuer, tenants.ManagedIdentity, tenants.WorkloadIdentity, tenants.NoCredential:
	}
	if !k.ExpiresAt.IsZero() && !ob.Now().Before(k.ExpiresAt) {
		return k, nil, fault.Newf(fault.Invalid, "credential: it expired on %s; make a new one", k.ExpiresAt.Format(time.DateOnly))
	}
	return k, plain, nil
}

// tryOut proves a credential that an organization in use is about to live on.
func (ob *Onboarding) tryOut(ctx context.Context, o tenants.Organization, k tenants.Credential, plain []byte) error {
	if !o.State.Serves() {
		return nil
	}
	o.Connection.Credential = k
	return ob.prove(ctx, o, plain)
}

// prove gets a token as an organization in use would get it from now on.
func (ob *Onboarding) prove(ctx context.Context, o tenants.Organization, plain []byte) error {
	s := ob.examined(o)
	s.Prover = ob.prover(o, plain)
	if err := onboarding.Verify(ctx, s); err != nil {
		return unproved("credential: the organization is in use and keeps the one it has, because Microsoft Entra ID does not accept this one", err)
	}
	return nil
}

// Prove gets a token as an organization in use would get it from now on, with a
// credential that has no secret.
func (ob *Onboarding) Prove(ctx context.Context, o tenants.Organization) error {
	return ob.prove(ctx, o, nil)
}

func (ob *Onboarding) encrypt(ctx context.Context, org tenants.ID, k tenants.Credential, plain []byte) ([]byte, error) {
	if plain == nil {
		return nil, nil
	}
	_, _, wrapped, err := ob.Store.CredentialOf(ctx, org)
	if err != nil {
		return nil, err
	}
	key, err := ob.Keys.Open(ctx, org, wrapped)
	if err != nil {
		return nil, err
	}
	return key.Encrypt(snapshot.CredentialLabel(k.ID), plain)
}

// secret is what is secret of an organization's credential; nil where nothing is.
func (ob *Onboarding) secret(ctx context.Context, o tenants.Organization) ([]byte, error) {
	k, ciphertext, wrapped, err := ob.Store.CredentialOf(ctx, o.ID)
	if err != nil || ciphertext == nil {
		return nil, err
	}
	if k.ID != o.Connection.Credential.ID {
		return nil, fault.New(fault.Conflict, "the credential was replaced meanwhile; try again")
	}
	key, err := ob.Keys.Open(ctx, o.ID, wrapped)
	if err != nil {
		return nil, err
	}
	return key.Decrypt(snapshot.CredentialLabel(k.ID), ciphertext)
}

// unproved says what did not go on because a connection or a credential is
// wrong. What has to do with Entra's being there keeps its kind.
func unproved(what string, err error) error {
	kind := fault.KindOf(err)
	if !slices.Contains([]fault.Kind{fault.Unavailable, fault.Limited, fault.Internal}, kind) {
		kind = fault.Conflict
	}
	return fault.Wrap(kind, what+": "+fault.Public(err), err).RetryAfter(fault.RetryAfter(err))
}

// certificateOf is the certificate, in DER, of a bundle.
func certificateOf(thumbprint string, bundle []byte) []byte {
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		sum := sha256.Sum256(block.Bytes)
		if block.Type == "CERTIFICATE" && hex.EncodeToString(sum[:]) == thumbprint {
			return block.Bytes
		}
	}
	return nil
}
