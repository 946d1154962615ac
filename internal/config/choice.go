package config

import (
	"fmt"
	"slices"
	"strings"
)

// Cloud is the Microsoft cloud that the platform itself lives in: its own Entra
// tenant, its apps, its key vault. Organizations choose theirs each.
type Cloud string

// The clouds (Microsoft, "National clouds").
const (
	PublicCloud Cloud = "public"
	USGovCloud  Cloud = "usgov"
	ChinaCloud  Cloud = "china"
)

// Admission says which organizations are let in.
type Admission string

// The policies.
const (
	AdmitOpen       Admission = "open"       // whoever proves to own an Entra tenant
	AdmitInvitation Admission = "invitation" // whoever an operator has invited
	AdmitApproval   Admission = "approval"   // whoever an operator approves of afterwards
)

// AppCredential says how the platform proves to Entra that it is one of its own
// apps.
type AppCredential string

// The kinds of credential.
const (
	ManagedIdentity  AppCredential = "managed_identity"
	WorkloadIdentity AppCredential = "workload_identity"
	CertificateKind  AppCredential = "certificate"
	ClientSecretKind AppCredential = "client_secret"
)

// choose accepts one of a few words.
func choose[T ~string](field *T, text string, words ...T) error {
	if !slices.Contains(words, T(text)) {
		return fmt.Errorf("is %q; use %s", text, listed(words))
	}
	*field = T(text)
	return nil
}

// listed joins words as a sentence does: a, b or c.
func listed[T ~string](words []T) string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = string(word)
	}
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + " or " + list[last]
}
