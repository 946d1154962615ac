package keep

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// Who is a person who is to be erased, and what text may call them.
type Who struct {
	OID   tenants.GUID `json:"oid"`
	Names []string     `json:"names,omitempty"`
	Known bool         `json:"known,omitempty"` // the names that records have of them are among Names
}

// Bounds of what text may call a person.
const (
	MaxNames  = 20
	MinName   = 4 // characters: what is shorter is found in text about something else
	MaxName   = 256
	mostNames = 200 // with those that records have
)

// Validate says what is wrong with whom somebody asks to erase.
func (w Who) Validate(log Vocabulary) error {
	if w.OID.IsZero() {
		return fault.New(fault.Invalid, "person: must be the object ID of somebody in Microsoft Entra ID")
	}
	if len(w.Names) > MaxNames {
		return fault.Newf(fault.Invalid, "names: there are %d and may be %d", len(w.Names), MaxNames)
	}
	for _, n := range w.Names {
		if c := utf8.RuneCountInString(strings.TrimSpace(n)); c < MinName || c > MaxName {
			return fault.Newf(fault.Invalid, "names: each has %d to %d characters; a shorter one would be found in text that is about something else", MinName, MaxName)
		}
		if _, err := tenants.ParseGUID(strings.ToLower(n)); err == nil || !strings.ContainsFunc(n, unicode.IsLetter) {
			return fault.New(fault.Invalid, "names: are what people are called, or addresses, and no ids; give the object ID as person")
		}
		if !log.Names(n) {
			return fault.Newf(fault.Invalid, "names: %.100q is made of words that the log has for something else, such as a tool, an AI app, a role or a kind of change, or of ids: "+
				"it would be found in what is not about the person; give their full name or their address, or leave it out", n)
		}
	}
	return nil
}

// Add adds names that records have, unless they are too short to be looked for or the log
// has their words for something else. A name comes with a token, and whoever runs the
// directory that it is from chooses it.
func (w *Who) Add(log Vocabulary, names ...string) {
	for _, n := range names {
		n = strings.TrimSpace(n)
		if utf8.RuneCountInString(n) >= MinName && log.Names(n) && len(w.Names) < mostNames && !slices.Contains(w.Names, n) {
			w.Names = append(w.Names, n)
		}
	}
}

// NamedIn reports whether a field of somebody else's, or of nobody's, names the person:
// as a whole word, whatever its case. The value is canonical JSON.
func (w Who) NamedIn(field string, value []byte) bool {
	if !audit.MayName(field) || len(value) == 0 || value[0] != '"' && value[0] != '[' {
		return false
	}
	text := plain(string(value))
	if holds(text, w.OID.String()) {
		return true
	}
	return slices.ContainsFunc(w.Names, func(n string) bool { return holds(text, plain(strings.TrimSpace(n))) })
}

// plain is text without case, and without the backslashes of JSON inside JSON.
func plain(s string) string { return strings.ToLower(strings.ReplaceAll(s, `\`, "")) }

func holds(text, word string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 || word == "" {
			return false
		}
		at += i
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(word):])
		if !inWord(before) && !inWord(after) {
			return true
		}
		at++
	}
}

func inWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

func label(id tenants.GUID) secrets.Label { return secrets.Label{Kind: "erasure", ID: id.String()} }

// Encrypt encrypts whom an erasure is about.
func (w Who) Encrypt(key *secrets.OrgKey, erasure tenants.GUID) ([]byte, error) {
	text, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	return key.Encrypt(label(erasure), text)
}

// Decrypt returns whom an erasure that is not done is about.
func Decrypt(key *secrets.OrgKey, e tenants.Erasure) (w Who, err error) {
	text, err := key.Decrypt(label(e.ID), e.Who)
	if err != nil {
		return w, err
	}
	return w, json.Unmarshal(text, &w)
}
