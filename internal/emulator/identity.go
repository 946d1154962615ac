package emulator

import (
	"errors"
	"fmt"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/managed"
	"gatehouse/internal/emulator/seed"
)

// identities makes the managed identity endpoints. The control token is their
// IDENTITY_HEADER.
func (e *Emulator) identities() *managed.Service {
	return managed.New(managed.Options{
		Directory: e.directory, Issue: e.identityToken, NewID: e.random.GUID,
		Header: func(sent string) bool { return sameSecret(sent, e.controlToken) },
	})
}

// identityToken makes a token of a managed identity, which is an app of the
// identity's own tenant that Azure vouches for.
func (e *Emulator) identityToken(t *directory.Tenant, m seed.ManagedIdentity, resource string) (managed.Token, error) {
	if strings.ContainsAny(resource, " \t\r\n") {
		return managed.Token{}, refused(refuse(500011, "{invalid}", t.Name))
	}
	client := &directory.App{App: seed.App{ID: m.ID, Name: m.Name}, Principal: m.Principal}
	a, no := readAsk(t, client, resource+"/.default")
	if no != nil {
		return managed.Token{}, refused(no)
	}
	i := issue{tenant: t, client: client, ask: a, auth: proofAssertion, identity: &m, now: e.clock.Now()}
	access, life, no := e.appToken(i)
	if no != nil {
		return managed.Token{}, refused(no)
	}
	return managed.Token{Access: access, NotBefore: i.now, Life: life}, nil
}

// refused is what a machine hears of a refusal.
func refused(no *refusal) error {
	text := fmt.Sprintf("AADSTS%d: %s", no.code, no.text)
	if no.code == 90033 {
		return errors.New(text)
	}
	return &managed.RefusedError{Kind: no.kind, Text: text}
}
