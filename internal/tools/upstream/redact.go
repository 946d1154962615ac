package upstream

import (
	"bytes"
	"encoding/json"
	"strings"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// shortestSecret is how long a credential is that is looked for: a shorter one
// would be found in any text.
const shortestSecret = 6

const redacted = "[credential]"

// unreadable is told instead of an error that cannot be read without our
// credential.
const unreadable = "the source answered with an error that repeats its credential"

// redact takes the credential that the server was shown out of what it sends, which
// is members of a JSON object. It reports whether what is left can be used.
func (c *conversation) redact(members []byte) (clean []byte, usable bool) {
	secret := c.shown[strings.LastIndexByte(c.shown, ' ')+1:] // behind the scheme
	if len(secret) < shortestSecret {
		return members, true
	}
	quoted := wire.AppendString(nil, secret)
	clean = members
	for _, form := range [][]byte{[]byte(secret), quoted[1 : len(quoted)-1]} {
		if bytes.Contains(clean, form) {
			clean = bytes.ReplaceAll(clean, form, []byte(redacted))
		}
	}
	if len(clean) == len(members) && bytes.Equal(clean, members) {
		return members, true
	}
	return clean, json.Valid(append(append([]byte{'{'}, clean...), '}'))
}

// failure reads an error object of the server without the credential it was shown.
func (c *conversation) failure(object []byte) (*wire.Error, error) {
	inner := bytes.TrimSpace(object)
	if len(inner) < 2 || inner[0] != '{' {
		return c.s.failure(object)
	}
	clean, usable := c.redact(inner[1 : len(inner)-1])
	if !usable {
		return &wire.Error{Code: wire.CodeInternal, Message: unreadable}, nil
	}
	return c.s.failure(append(append([]byte{'{'}, clean...), '}'))
}

// withoutCredential is a result that tells of an error, without the credential.
func (c *conversation) withoutCredential(r tools.Result) tools.Result {
	if !r.IsError {
		return r
	}
	var usable bool
	if r.Members, usable = c.redact(r.Members); !usable {
		r.Members = []byte(`"content":[{"type":"text","text":"` + unreadable + `"}]`)
	}
	if r.Meta, usable = c.redact(r.Meta); !usable {
		r.Meta = nil
	}
	return r
}
