package audit

// Owner says whose a field is: what belongs to a person goes when that person is
// erased from the log.
type Owner uint8

// The owners.
const (
	Nobody Owner = iota
	OfActor
	OfSubject
)

// OwnerOf returns whose a field is, by name. A name that no record has is nobody's. The
// salt of digests goes with who made the call: without it nobody can tell by trying what
// the arguments of somebody erased were.
func OwnerOf(field string) Owner {
	switch field {
	case "actor_name", "actor_oid", "digest_salt", "session", "source", "token_id", "token_session":
		return OfActor
	case "subject_name", "subject_oid":
		return OfSubject
	}
	return Nobody
}

// String returns the owner in words.
func (o Owner) String() string {
	switch o {
	case OfActor:
		return "actor"
	case OfSubject:
		return "subject"
	case Nobody:
	}
	return "nobody"
}
