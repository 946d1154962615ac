package emulator_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

// Apps that prove themselves without a secret.
const (
	certified  = "c0de0000-0000-4000-8000-000000000001" // with certificates
	federated  = "c0de0000-0000-4000-8000-000000000002" // with tokens of other issuers
	lapsed     = "c0de0000-0000-4000-8000-000000000003" // its secret has expired
	switchedOf = "c0de0000-0000-4000-8000-000000000004" // disabled
	headless   = "c0de0000-0000-4000-8000-000000000005" // allows public client flows
	blueprint  = "c0de0000-0000-4000-8000-000000000006"
	agent      = "c0de0000-0000-4000-8000-000000000007" // of blueprint
	otherAgent = "c0de0000-0000-4000-8000-000000000008" // of blueprint
	closed     = "c0de0000-0000-4000-8000-000000000009" // an API whose service principal is disabled

	agentUser = "a6e40000-0000-4000-8000-000000000001" // of agent
	builder   = "1d000000-0000-4000-8000-000000000001" // a user-assigned managed identity
	builderID = "1d000000-0000-4000-8000-000000000002" // its service principal
	machine   = "1d000000-0000-4000-8000-000000000003" // a system-assigned one
	machineID = "1d000000-0000-4000-8000-000000000004"
	builderAt = "/subscriptions/1/resourceGroups/build/providers/Microsoft.ManagedIdentity/userAssignedIdentities/builder"

	exchangeScope = "api://AzureADTokenExchange/.default"
	exchangeGUID  = "fb60f99c-7a34-4190-8149-302f77469936"
	elsewhereURL  = "https://ci.example/issuer"
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// credential is an RSA key in a self-signed certificate.
type credential struct {
	key *rsa.PrivateKey
	der []byte
}

// credentials are a good one, one that has expired, and one nobody registered.
var credentials = sync.OnceValue(func() []credential {
	var out []credential
	for _, until := range []time.Duration{365 * 24 * time.Hour, -time.Hour, 365 * 24 * time.Hour} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"},
			NotBefore: midday.Add(-48 * time.Hour), NotAfter: midday.Add(until),
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			panic(err)
		}
		out = append(out, credential{key, der})
	}
	return out
})

func (c credential) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.der}))
}

func (c credential) thumbprint() string {
	sum := sha1.Sum(c.der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (c credential) thumbprint256() string {
	sum := sha256.Sum256(c.der)
	return base64.StdEncoding.EncodeToString(sum[:]) // with padding, as MSAL Go writes it
}

// sign makes a token; nil values of header and claims leave a member out.
func (c credential) sign(t *testing.T, header, claims map[string]any) string {
	t.Helper()
	part := func(members map[string]any) string {
		maps.DeleteFunc(members, func(_ string, value any) bool { return value == nil })
		raw, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	signed := part(header) + "." + part(claims)
	sum := sha256.Sum256([]byte(signed))
	var signature []byte
	var err error
	if header["alg"] == "PS256" {
		signature, err = rsa.SignPSS(rand.Reader, c.key, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	} else {
		signature, err = rsa.SignPKCS1v15(rand.Reader, c.key, crypto.SHA256, sum[:])
	}
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// workloads is companies with apps that run by themselves, agents and managed
// identities.
func workloads() []seed.Tenant {
	tenants := companies()
	t := &tenants[0]
	graph := []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read"}, Roles: []string{"User.Read.All"}}}
	reach := []seed.Consent{{Resource: api, Scopes: []string{"access"}, Roles: []string{"Tools.Execute"}}, graph[0]}
	exchange := func(issuer, subject string) seed.Federation {
		return seed.Federation{Name: subject, Issuer: issuer, Subject: subject, Audience: "api://AzureADTokenExchange"}
	}
	t.Apps = append(t.Apps,
		seed.App{ID: certified, Name: "Certified", Certificates: []string{credentials()[0].pem(), credentials()[1].pem()}, Consents: reach},
		seed.App{ID: federated, Name: "Federated", Consents: reach, Federated: []seed.Federation{
			exchange(elsewhereURL, "repo:contoso/app:ref:refs/heads/main"),
			exchange(entraURL+"/_cluster", "system:serviceaccount:apps:router"),
			exchange(entraURL+"/"+contoso+"/v2.0", builderID),
			exchange(entraURL+"/"+contoso+"/v2.0", alice),
		}},
		seed.App{ID: lapsed, Name: "Lapsed", Secret: "lapsed-secret", Expired: true},
		seed.App{ID: switchedOf, Name: "Switched off", Secret: "off-secret", Disabled: true},
		seed.App{ID: headless, Name: "Headless", Public: true, Consents: reach},
		seed.App{
			ID: blueprint, Name: "Blueprint", Secret: "blueprint-secret", IdentifierURIs: []string{"api://blueprint"}, Scopes: []string{"talk"},
			RequestedTokenVersion: 2, PreAuthorized: []seed.PreAuthorized{{Client: seed.VisualStudioCode}},
		},
		seed.App{ID: agent, Name: "Agent", Agent: blueprint, Consents: reach},
		seed.App{ID: otherAgent, Name: "Other agent", Agent: blueprint, Consents: reach},
		seed.App{ID: closed, Name: "Closed", Disabled: true, IdentifierURIs: []string{"api://closed"}, Scopes: []string{"use"}, PreAuthorized: []seed.PreAuthorized{{Client: seed.VisualStudioCode}}},
	)
	t.Users = append(t.Users, seed.User{ID: agentUser, Username: "agent@contoso.example", Name: "Agent Smith", Agent: agent})
	t.ManagedIdentities = []seed.ManagedIdentity{
		{ID: builder, Principal: builderID, Name: "builder", ResourceID: builderAt, Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Roles: []string{"User.Read.All"}}}},
		{ID: machine, Principal: machineID, Name: "machine"},
	}
	return tenants
}

var sharedWorkloads = sync.OnceValues(func() (*emulator.Emulator, error) {
	return emulator.New(emulator.Options{
		EntraURL: entraURL, GraphURL: graphURL, ControlToken: control, Tenants: workloads(),
		Now: func() time.Time { return midday }, Outbound: &foreignIssuer{},
	})
})

// workloadRig is one emulator of workloads for the tests that change nothing in it.
func workloadRig(t *testing.T) *rig {
	t.Helper()
	e, err := sharedWorkloads()
	if err != nil {
		t.Fatal(err)
	}
	return &rig{Emulator: e, t: t}
}

// freshWorkloads is an emulator of workloads of a test's own.
func freshWorkloads(t *testing.T, outbound http.RoundTripper) *rig {
	t.Helper()
	e, err := emulator.New(emulator.Options{
		EntraURL: entraURL, GraphURL: graphURL, ControlToken: control, Tenants: workloads(),
		Now: func() time.Time { return midday }, Outbound: outbound,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &rig{Emulator: e, t: t}
}

// clientForm is a client credentials request with an assertion.
func clientForm(client, token, scope string) url.Values {
	return form("grant_type", "client_credentials", "client_id", client, "client_assertion_type", assertionType, "client_assertion", token, "scope", scope)
}

// must is an answer that has to be a success.
func (a answer) must(t *testing.T) answer {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, a.text)
	}
	return a
}
