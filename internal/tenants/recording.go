package tenants

// Recording says which fields of calls an organization's log keeps in clear, and
// whether it keeps their bodies. Its name is its key. Recordings of the same call add
// up.
type Recording struct {
	Name      string
	Tool      string   // pattern of the permission names it is for
	Arguments []string // JSON Pointers (RFC 6901) into the arguments, through objects
	Result    []string // the same, into the result
	Bodies    Bodies
}

// Bodies says what becomes of the whole arguments and the whole result of a call.
type Bodies string

// What can become of them, from least to most. What is kept is encrypted under the key
// of the person who called.
const (
	NoBodies       Bodies = ""
	RedactedBodies Bodies = "redacted" // names, kinds and lengths; values of the fields kept in clear only
	FullBodies     Bodies = "full"
)

// Or returns what keeps more.
func (b Bodies) Or(other Bodies) Bodies {
	if b == FullBodies || other == NoBodies {
		return b
	}
	return other
}

// Known reports whether it is one of the above.
func (b Bodies) Known() bool { return b == NoBodies || b == RedactedBodies || b == FullBodies }
