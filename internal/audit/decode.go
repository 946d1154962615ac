package audit

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Field is one member of an encoded record: its name, and its value in the
// canonical bytes that a commitment covers.
type Field struct {
	Name  string
	Value []byte // part of the payload, not a copy
}

// Fields splits an encoded record of any version into its members, which ascend
// by name. Bytes that are not in the canonical form are Invalid.
func Fields(payload []byte) ([]Field, error) {
	if len(payload) > MaxPayload {
		return nil, invalid("longer than any record can be")
	}
	s := scanner{rest: payload}
	if !s.take("{") {
		return nil, invalid("does not begin with {")
	}
	fields := make([]Field, 0, 40)
	for {
		name, ok := s.text()
		if !ok || !s.take(":") {
			return nil, invalid("a member has no name")
		}
		f := Field{Name: nameOf(name[1 : len(name)-1])}
		if n := len(fields); n > 0 && fields[n-1].Name >= f.Name {
			return nil, invalid("members do not ascend by name")
		}
		if f.Value, ok = s.value(); !ok {
			return nil, fault.Newf(fault.Invalid, "audit record: value of %.40q is not canonical", f.Name)
		}
		fields = append(fields, f)
		if s.take(",") {
			continue
		}
		if !s.take("}") || len(s.rest) > 0 {
			return nil, invalid("does not end with }")
		}
		return fields, nil
	}
}

// knownNames are the names of fields, by themselves: nobody needs a copy of them.
var knownNames = func() map[string]string {
	all := map[string]string{"v": "v"}
	for i := range table {
		all[table[i].name] = table[i].name
	}
	return all
}()

func nameOf(name []byte) string {
	if known, there := knownNames[string(name)]; there {
		return known
	}
	return string(name)
}

// Decode reads what Encode wrote and nothing else: an unknown version or member,
// a value out of place, or any other spelling of the same record is Invalid.
func Decode(payload []byte) (Record, error) {
	fields, err := Fields(payload)
	if err != nil {
		return Record{}, err
	}
	last := len(fields) - 1
	if fields[last].Name != "v" || string(fields[last].Value) != strconv.Itoa(Version) {
		return Record{}, invalid("version is not 1")
	}
	var r Record
	for _, f := range fields[:last] {
		if err := r.set(f); err != nil {
			return Record{}, err
		}
	}
	if err := r.validate(); err != nil {
		return Record{}, err
	}
	again := r
	again.clean()
	if !bytes.Equal(again.append(nil), payload) {
		return Record{}, invalid("not in canonical form")
	}
	return r, nil
}

func (r *Record) set(f Field) error {
	for i := range table {
		if table[i].name != f.Name {
			continue
		}
		if !parseValue(f.Value, table[i].at(r)) {
			return fault.Newf(fault.Invalid, "audit record: value of %q is of the wrong form", f.Name)
		}
		return nil
	}
	return fault.Newf(fault.Invalid, "audit record: member %.40q is not known", f.Name)
}

// parseValue stores a scanned value behind a pointer of the table.
func parseValue(value []byte, pointer any) (ok bool) {
	switch p := pointer.(type) {
	case *int64:
		return parsed(p)(strconv.ParseInt(string(value), 10, 64))
	case *bool:
		*p = string(value) == "true"
		return *p
	case *[]string:
		*p, ok = unquoteList(value)
		return ok
	}
	text, ok := unquote(value)
	if !ok {
		return false
	}
	switch p := pointer.(type) {
	case *string:
		*p = text
		return true
	case *time.Time:
		return parsed(p)(time.Parse(timeLayout, text))
	case *ID:
		return parsed(p)(ParseID(text))
	case *tenants.ID:
		return parsed(p)(tenants.ParseID(text))
	case *tenants.GUID:
		return parsed(p)(tenants.ParseGUID(text))
	case *Salt:
		return len(text) == 2*len(p) && hexed(p[:], text)
	case *Digest:
		return len(text) == 2*len(p) && hexed(p[:], text)
	}
	return false
}

// parsed stores what a parser returns, unless it returns an error.
func parsed[T any](p *T) func(T, error) bool {
	return func(v T, err error) bool {
		*p = v
		return err == nil
	}
}

func hexed(dst []byte, text string) bool {
	_, err := hex.Decode(dst, []byte(text))
	return err == nil
}

// unquote reads a string as appendText writes it.
func unquote(value []byte) (string, bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	inner := value[1 : len(value)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), true
	}
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' {
			i++
		}
		b.WriteByte(inner[i])
	}
	return b.String(), true
}

func unquoteList(value []byte) ([]string, bool) {
	if value[0] != '[' {
		return nil, false
	}
	var list []string
	s := scanner{rest: value[1:]}
	for {
		item, ok := s.text()
		if !ok {
			return nil, false
		}
		text, _ := unquote(item)
		list = append(list, text)
		if !s.take(",") {
			return list, s.take("]")
		}
	}
}

// scanner walks canonical bytes. It knows the four shapes of values: text, whole
// numbers, true, and lists of text.
type scanner struct{ rest []byte }

func (s *scanner) take(token string) bool {
	rest, ok := bytes.CutPrefix(s.rest, []byte(token))
	s.rest = rest
	return ok
}

func (s *scanner) cut(n int) []byte {
	head := s.rest[:n:n]
	s.rest = s.rest[n:]
	return head
}

func (s *scanner) value() ([]byte, bool) {
	if len(s.rest) == 0 {
		return nil, false
	}
	switch s.rest[0] {
	case '"':
		return s.text()
	case '[':
		return s.list()
	case 't':
		return []byte("true"), s.take("true")
	default:
		return s.number()
	}
}

// text takes one string with its quotes. Only quotes and backslashes may be
// escaped, and control characters may not occur.
func (s *scanner) text() ([]byte, bool) {
	if len(s.rest) == 0 || s.rest[0] != '"' {
		return nil, false
	}
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			return s.cut(i + 1), true
		case c < ' ':
			return nil, false
		case c == '\\':
			i++
			if i == len(s.rest) || s.rest[i] != '"' && s.rest[i] != '\\' {
				return nil, false
			}
		}
	}
	return nil, false
}

func (s *scanner) number() ([]byte, bool) {
	n := 0
	for n < len(s.rest) && s.rest[n] >= '0' && s.rest[n] <= '9' {
		n++
	}
	if n == 0 || n > 1 && s.rest[0] == '0' {
		return nil, false
	}
	return s.cut(n), true
}

func (s *scanner) list() ([]byte, bool) {
	whole := s.rest
	s.cut(1)
	for {
		if _, ok := s.text(); !ok {
			return nil, false
		}
		if s.take(",") {
			continue
		}
		if !s.take("]") {
			return nil, false
		}
		n := len(whole) - len(s.rest)
		return whole[:n:n], true
	}
}
