package msgraph

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"slices"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
)

// passwordLife is how long a secret lives when nobody says (learn.microsoft.com,
// graph/api/application-addpassword).
const passwordLife = 2

// addPassword makes a secret and tells it, once.
func addPassword(v *visit, a *directory.App) {
	var body struct {
		Credential struct {
			Name  string     `json:"displayName"`
			Start *time.Time `json:"startDateTime"`
			End   *time.Time `json:"endDateTime"`
		} `json:"passwordCredential"`
	}
	if !v.body(&body) {
		return
	}
	p := directory.Password{Name: body.Credential.Name, Secret: v.s.random.Text(30), Start: v.s.now()}
	if body.Credential.Start != nil {
		p.Start = body.Credential.Start.UTC()
	}
	p.End = p.Start.AddDate(passwordLife, 0, 0)
	if body.Credential.End != nil {
		p.End = body.Credential.End.UTC()
	}
	if !p.End.After(p.Start) {
		v.refuse(badRequest("Credential lifetime ends before it starts."))
		return
	}
	made := v.alter(a, func(t *directory.Tenant, now *directory.App) (*directory.App, *problem) {
		next := *now
		p.ID = t.NewID("password")
		next.Passwords = append(slices.Clone(now.Passwords), p)
		return &next, nil
	})
	if made {
		entry := passwordEntry(p)
		entry["secretText"] = p.Secret
		entry["@odata.context"] = v.context("microsoft.graph.passwordCredential")
		v.answer(http.StatusOK, entry)
	}
}

// removePassword makes a secret worthless.
func removePassword(v *visit, a *directory.App) {
	var body struct {
		ID string `json:"keyId"`
	}
	if !v.body(&body) {
		return
	}
	removed := v.alter(a, func(_ *directory.Tenant, now *directory.App) (*directory.App, *problem) {
		if !slices.ContainsFunc(passwords(now), func(p directory.Password) bool { return p.ID == body.ID }) {
			return nil, badRequest("No password credential found with keyId '" + reply.Clip(body.ID) + "'.")
		}
		next := *now
		next.Passwords = slices.DeleteFunc(slices.Clone(now.Passwords), func(p directory.Password) bool { return p.ID == body.ID })
		if len(next.Passwords) == len(now.Passwords) {
			next.Secret, next.Expired = "", false // it was the seeded one
		}
		return &next, nil
	})
	if removed {
		v.done()
	}
}

type keyBody struct {
	ID         *string `json:"keyId"`
	Kind       string  `json:"type"`
	Usage      string  `json:"usage"`
	Key        *string `json:"key"`
	Name       *string `json:"displayName"`
	Start      *string `json:"startDateTime"`
	End        *string `json:"endDateTime"`
	Thumbprint *string `json:"customKeyIdentifier"`
}

// keys takes over certificates. An entry without a key keeps the certificate with
// its keyId; what is not in the list is gone.
func (b applicationBody) keys(next *directory.App) *problem {
	if !b.Keys.sent {
		return nil
	}
	had := map[string]string{}
	for _, text := range next.Certificates {
		if block, _ := pem.Decode([]byte(text)); block != nil {
			had[keyID(block.Bytes)] = text
		}
	}
	next.Certificates = nil
	for _, body := range b.Keys.value {
		if body.Key == nil {
			kept, ok := had[orNothing(body.ID)]
			if !ok {
				return badRequest("Property keyCredentials has an entry with neither a key nor the keyId of one that is there.")
			}
			next.Certificates = append(next.Certificates, kept)
			continue
		}
		der, err := base64.StdEncoding.DecodeString(*body.Key)
		if err == nil {
			_, err = x509.ParseCertificate(der)
		}
		if err != nil || body.Kind != "AsymmetricX509Cert" || body.Usage != "Verify" {
			return &problem{http.StatusBadRequest, "KeyCredentialsInvalidValue", "The emulator takes key credentials of type AsymmetricX509Cert for usage Verify whose key is a certificate, DER in base64."}
		}
		next.Certificates = append(next.Certificates, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	}
	return nil
}

func orNothing(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
