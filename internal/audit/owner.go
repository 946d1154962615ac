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
	owner, _ := erasing(field)
	return owner
}

// MayName reports whether a field that is nobody's may be erased because its text names
// somebody: whether it holds text about people, or values of theirs. What says which
// tool, AI app, role or kind a record is about is not among them, nor is any id: by those
// records are found, and whoever may erase people may not make them unfindable.
func MayName(field string) bool {
	_, names := erasing(field)
	return names
}

// erasing is the table of what erasures of people may take: of the person's own fields
// all, of nobody's those that may name them.
func erasing(field string) (Owner, bool) {
	switch field {
	case "actor_name", "actor_oid", "digest_salt", "session", "source", "token_id", "token_session":
		return OfActor, false
	case "subject_name", "subject_oid":
		return OfSubject, false
	case "after", "arguments_kept", "before", "detail", "own_name", "result_kept", "target":
		return Nobody, true
	}
	return Nobody, false
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
