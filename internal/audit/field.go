package audit

import (
	"slices"
)

// MaxPayload is what no encoded record exceeds, in bytes. The limits of the
// fields see to it.
const MaxPayload = 96 << 10

// Limits of text, in bytes after cleaning. Their sum bounds every record.
const (
	wordLimit = 64  // words of ours and short identifiers
	itemLimit = 128 // items of lists
	nameLimit = 256 // names that people and clients choose
	pathLimit = 512 // addresses

	// DifferenceLimit is what Before and After each hold at most. Whoever makes
	// them keeps to it, so that they stay readable: longer text is cut.
	DifferenceLimit = 8 << 10

	// KeptLimit is what ArgumentsKept and ResultKept each hold at most. Whoever makes
	// them keeps to it, as with a difference.
	KeptLimit = 2 << 10
)

// field is one member of a record's canonical form.
type field struct {
	name  string
	key   string            // `"name":`
	limit int               // of text, per item; 0: not text
	at    func(*Record) any // pointer to the value
}

// table holds every field in canonical order: ascending by name (RFC 8785
// §3.2.3). A name never changes its meaning; a new field is a new row.
var table = keyed([]field{
	{name: "actor_delegated", at: func(r *Record) any { return &r.Actor.Delegated }},
	{name: "actor_kind", limit: wordLimit, at: func(r *Record) any { return &r.Actor.Kind }},
	{name: "actor_name", limit: nameLimit, at: func(r *Record) any { return &r.Actor.Name }},
	{name: "actor_oid", at: func(r *Record) any { return &r.Actor.OID }},
	{name: "actor_tid", at: func(r *Record) any { return &r.Actor.TID.GUID }},
	{name: "after", limit: DifferenceLimit, at: func(r *Record) any { return &r.After }},
	{name: "altered", limit: wordLimit, at: func(r *Record) any { return &r.Altered }},
	{name: "arguments_body", at: func(r *Record) any { return &r.ArgumentsBody }},
	{name: "arguments_bytes", at: func(r *Record) any { return &r.ArgumentsBytes }},
	{name: "arguments_digest", at: func(r *Record) any { return &r.ArgumentsDigest }},
	{name: "arguments_kept", limit: KeptLimit, at: func(r *Record) any { return &r.ArgumentsKept }},
	{name: "asked_at", at: func(r *Record) any { return &r.AskedAt }},
	{name: "at", at: func(r *Record) any { return &r.At }},
	{name: "before", limit: DifferenceLimit, at: func(r *Record) any { return &r.Before }},
	{name: "call", at: func(r *Record) any { return &r.Call }},
	{name: "client", limit: pathLimit, at: func(r *Record) any { return &r.Client }},
	{name: "configuration", at: func(r *Record) any { return &r.Configuration }},
	{name: "count", at: func(r *Record) any { return &r.Count }},
	{name: "definition", at: func(r *Record) any { return &r.Definition }},
	{name: "detail", limit: pathLimit, at: func(r *Record) any { return &r.Detail }},
	{name: "digest_salt", at: func(r *Record) any { return &r.DigestSalt }},
	{name: "duration_us", at: func(r *Record) any { return &r.DurationMicros }},
	{name: "effect", limit: wordLimit, at: func(r *Record) any { return (*string)(&r.Effect) }},
	{name: "endpoint", limit: pathLimit, at: func(r *Record) any { return &r.Endpoint }},
	{name: "entra_code", at: func(r *Record) any { return &r.EntraCode }},
	{name: "entra_correlation_id", limit: wordLimit, at: func(r *Record) any { return &r.EntraCorrelation }},
	{name: "entra_trace_id", limit: wordLimit, at: func(r *Record) any { return &r.EntraTrace }},
	{name: "from", limit: wordLimit, at: func(r *Record) any { return &r.From }},
	{name: "group", at: func(r *Record) any { return &r.Group }},
	{name: "id", at: func(r *Record) any { return &r.ID }},
	{name: "kind", limit: wordLimit, at: func(r *Record) any { return (*string)(&r.Kind) }},
	{name: "membership_age_s", at: func(r *Record) any { return &r.MembershipAgeSeconds }},
	{name: "membership_source", limit: wordLimit, at: func(r *Record) any { return (*string)(&r.MembershipSource) }},
	{name: "method", limit: wordLimit, at: func(r *Record) any { return &r.Method }},
	{name: "minute", at: func(r *Record) any { return &r.Minute }},
	{name: "names_digest", at: func(r *Record) any { return &r.NamesDigest }},
	{name: "org", at: func(r *Record) any { return &r.Org }},
	{name: "origin", at: func(r *Record) any { return &r.Origin }},
	{name: "outcome", limit: wordLimit, at: func(r *Record) any { return (*string)(&r.Outcome) }},
	{name: "own_name", limit: nameLimit, at: func(r *Record) any { return &r.OwnName }},
	{name: "phase", limit: wordLimit, at: func(r *Record) any { return (*string)(&r.Phase) }},
	{name: "policy", at: func(r *Record) any { return &r.Policy }},
	{name: "reason", limit: wordLimit, at: func(r *Record) any { return &r.Reason }},
	{name: "rejected_bytes", at: func(r *Record) any { return &r.RejectedBytes }},
	{name: "request", limit: wordLimit, at: func(r *Record) any { return &r.Request }},
	{name: "result_body", at: func(r *Record) any { return &r.ResultBody }},
	{name: "result_bytes", at: func(r *Record) any { return &r.ResultBytes }},
	{name: "result_digest", at: func(r *Record) any { return &r.ResultDigest }},
	{name: "result_kept", limit: KeptLimit, at: func(r *Record) any { return &r.ResultKept }},
	{name: "roles", limit: itemLimit, at: func(r *Record) any { return &r.Roles }},
	{name: "scopes", limit: itemLimit, at: func(r *Record) any { return &r.Scopes }},
	{name: "session", limit: nameLimit, at: func(r *Record) any { return &r.Session }},
	{name: "source", limit: wordLimit, at: func(r *Record) any { return &r.Source }},
	{name: "subject_name", limit: nameLimit, at: func(r *Record) any { return &r.Subject.Name }},
	{name: "subject_oid", at: func(r *Record) any { return &r.Subject.OID }},
	{name: "target", limit: pathLimit, at: func(r *Record) any { return &r.Target }},
	{name: "to", limit: wordLimit, at: func(r *Record) any { return &r.To }},
	{name: "token_id", limit: wordLimit, at: func(r *Record) any { return &r.TokenID }},
	{name: "token_session", limit: nameLimit, at: func(r *Record) any { return &r.TokenSession }},
	{name: "tool", limit: nameLimit, at: func(r *Record) any { return &r.Tool }},
	{name: "trace_id", limit: wordLimit, at: func(r *Record) any { return &r.TraceID }},
})

func keyed(fields []field) []field {
	for i := range fields {
		fields[i].key = `"` + fields[i].name + `":`
	}
	return fields
}

// aboutCost is what About may add to an encoded record.
const aboutCost = 2 * nameLimit

// fixedCost is more than everything in an encoded record that is not text.
const fixedCost = 2 << 10

// clean makes every text of the record safe to store and names in Altered the
// fields it had to change. It returns a bound for the encoded length: of clean
// text, only quotes and backslashes grow, to twice their length.
func (r *Record) clean() (cost int) {
	text := 0
	for i := range table {
		f := &table[i]
		if f.limit == 0 {
			continue
		}
		altered := false
		switch p := f.at(r).(type) {
		case *string:
			*p, altered = cleanText(*p, f.limit)
			text += len(*p)
		case *[]string:
			*p, altered = cleanList(*p, f.limit)
			for _, s := range *p {
				text += len(s) + len(`","`)
			}
		}
		if altered {
			r.alter(f.name)
		}
	}
	return fixedCost + 2*text
}

// alter notes that a field is not what was sent.
func (r *Record) alter(name string) {
	if at, there := slices.BinarySearch(r.Altered, name); !there {
		r.Altered = slices.Insert(r.Altered, at, name)
	}
}
