package manage

import (
	"fmt"
	"strings"

	"gatehouse/internal/access"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
)

// Secrets reads what a document refers to, on the machine that applies it.
type Secrets struct {
	Value    func(name string) (string, bool)
	ReadFile func(path string) ([]byte, error)
}

// read returns the secret of a credential of a kind that stands at a place of the
// document. What is wrong is told there (access.ProblemsOf), and no error repeats
// the secret.
func (s Secrets) read(at access.Place, kind string, from *orgfile.From) (string, error) {
	refuse := func(at access.Place, format string, args ...any) (string, error) {
		return "", access.Refuse([]access.Problem{{Path: string(at), Message: fmt.Sprintf(format, args...)}})
	}
	switch {
	case from == nil:
		return refuse(at, "%s needs its secret; say where it is with from: {env: NAME} or from: {file: path}", kind)
	case from.Env != "":
		value, ok := s.Value(from.Env)
		if !ok || value == "" {
			return refuse(at.Field("from").Field("env"), "%s is not set; set it to the secret", from.Env)
		}
		return value, nil
	default:
		text, err := s.ReadFile(from.File)
		if err != nil {
			return refuse(at.Field("from").Field("file"), "%s", err)
		}
		secret := strings.TrimRight(string(text), "\r\n")
		if secret == "" {
			return refuse(at.Field("from").Field("file"), "%s is empty; write the secret into it", from.File)
		}
		return secret, nil
	}
}

// due returns the credential whose secret is to be sent: its kind differs from
// the current one, or it is to be sent always; nil when there is none.
func due(current, wanted orgfile.Document, when Renewal) *orgfile.Credential {
	c := credentialOf(wanted)
	if c == nil || c.Kind != tenants.ClientSecret && c.Kind != tenants.Certificate {
		return nil
	}
	if has := credentialOf(current); when == WhenItChanges && has != nil && has.Kind == c.Kind && !anotherApp(current, wanted) {
		return nil
	}
	return c
}

func credentialOf(d orgfile.Document) *orgfile.Credential {
	if d.Organization == nil || d.Organization.Connection == nil {
		return nil
	}
	return d.Organization.Connection.Credential
}

// anotherApp reports whether the wanted connection is to another app
// registration than the current one.
func anotherApp(current, wanted orgfile.Document) bool {
	if wanted.Organization == nil || wanted.Organization.Connection == nil || current.Organization == nil || current.Organization.Connection == nil {
		return false
	}
	was, is := current.Organization.Connection, wanted.Organization.Connection
	return !is.ClientID.IsZero() && is.ClientID != was.ClientID || is.Model != "" && is.Model != was.Model
}
