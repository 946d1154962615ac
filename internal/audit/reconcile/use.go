package reconcile

import (
	"encoding/json"
	"io"
	"strings"
	"time"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
)

// Use is what the log tells of one token.
type Use struct {
	Token       string // its id, as the record has it
	First, Last time.Time
	Person      string // object id of who acted
	Kind        string // actor_kind
	Client      string
	Record      string // id of the first record that names it
	Seq         int64
	Records     int
	Issued      bool // a record says that Gatehouse issued it
}

// tokenIssued is the kind of the record of Gatehouse issuing a token, which has its id.
const tokenIssued = "token_issued"

// Uses is what a file of evidence tells of tokens.
type Uses struct {
	Header       evidence.Header
	Tokens       []*Use
	From, To     time.Time // of the records that the file opens
	Closed       int       // records whose token is closed: erased, or withheld
	correlations map[string]bool
	people       map[string][]time.Time // when each person did anything
	byToken      map[string]*Use
}

// ReadEvidence reads a file of evidence. It does not verify it.
func ReadEvidence(r io.Reader) (*Uses, error) {
	u := &Uses{correlations: map[string]bool{}, people: map[string][]time.Time{}, byToken: map[string]*Use{}}
	h, err := evidence.Read(r, u.add)
	u.Header = h
	return u, err
}

func (u *Uses) add(r proof.Record) error {
	if len(r.Fields) == 0 {
		return nil
	}
	value := func(name string) (text string) {
		for _, f := range r.Fields {
			if f.Name == name && f.Value != nil {
				_ = json.Unmarshal(f.Value, &text) // what is no text is not asked for
			}
		}
		return text
	}
	at, err := time.Parse(filter.Layout, value("at"))
	if err != nil {
		return nil //nolint:nilerr // a record that does not match tells the filter's fields only
	}
	if u.From.IsZero() || at.Before(u.From) {
		u.From = at
	}
	if at.After(u.To) {
		u.To = at
	}
	if c := value("entra_correlation_id"); c != "" {
		u.correlations[strings.ToLower(c)] = true
	}
	person := strings.ToLower(value("actor_oid"))
	if person != "" {
		u.people[person] = append(u.people[person], at)
	}
	token := value("token_id")
	if token == "" {
		if closed(r, "token_id") {
			u.Closed++
		}
		return nil
	}
	use, ok := u.byToken[token]
	if !ok {
		use = &Use{Token: token, First: at, Person: person, Kind: value("actor_kind"), Client: value("client"), Record: value("id"), Seq: r.Seq}
		u.byToken[token], u.Tokens = use, append(u.Tokens, use)
	}
	if use.Last = at; at.Before(use.First) {
		use.First = at
	}
	use.Records++
	use.Issued = use.Issued || value("kind") == tokenIssued
	return nil
}

func closed(r proof.Record, name string) bool {
	for _, f := range r.Fields {
		if f.Name == name {
			return f.Value == nil
		}
	}
	return false
}
