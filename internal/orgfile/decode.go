package orgfile

import (
	"cmp"
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/spelling"
	"gatehouse/internal/tenants"
)

// decoder fills a document from a tree and complains about all that does not
// fit. No complaint about a credential repeats a value: a secret may stand where
// none belongs.
type decoder struct {
	file  *File
	found []Complaint
}

func (d *decoder) document(root *yaml.Node) {
	if root.Kind != yaml.MappingNode {
		d.complain(root, "", "begins with "+kindOf(root)+"; begin with: gatehouse: 1")
		return
	}
	d.value(root, "", reflect.ValueOf(&d.file.Document).Elem())
}

func (d *decoder) complain(n *yaml.Node, at access.Place, message string) {
	d.found = append(d.found, Complaint{
		File: d.file.Name, Line: max(n.Line, 1), Column: max(n.Column, 1), Problem: access.Problem{Path: string(at), Message: message},
	})
}

func (d *decoder) value(n *yaml.Node, at access.Place, into reflect.Value) {
	d.file.at[at] = position{max(n.Line, 1), max(n.Column, 1)}
	text, isText := into.Addr().Interface().(encoding.TextUnmarshaler)
	switch {
	case n.Kind == yaml.AliasNode:
		d.complain(n, at, "is an alias, which this file does not have; write it out")
	case n.Anchor != "":
		d.complain(n, at, "has an anchor, which this file does not have; write it out where it is used")
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
		d.complain(n, at, "is empty; give a value ([] is the empty list), or remove the line and it stays as it is")
	case isText:
		d.text(n, at, text)
	case into.Kind() == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.value(n, at, into.Elem())
	case into.Kind() == reflect.Slice:
		d.list(n, at, into)
	case into.Kind() == reflect.Struct:
		d.mapping(n, at, into)
	case into.Kind() == reflect.Int:
		d.number(n, at, into)
	case into.Kind() == reflect.Bool:
		d.truth(n, at, into)
	default:
		d.word(n, at, into)
	}
}

func (d *decoder) list(n *yaml.Node, at access.Place, into reflect.Value) {
	if n.Kind != yaml.SequenceNode || n.ShortTag() != "!!seq" {
		d.complain(n, at, "is "+kindOf(n)+"; write a list, each entry after a dash")
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(n.Content), len(n.Content)))
	for i, entry := range n.Content {
		d.given(entry, at.At(i), into.Index(i))
	}
}

func (d *decoder) mapping(n *yaml.Node, at access.Place, into reflect.Value) {
	if n.Kind != yaml.MappingNode || n.ShortTag() != "!!map" {
		remedy := "write its members: " + strings.Join(names(members(into.Type())), ", ")
		if ofCredential(at) {
			remedy = bySource
		}
		d.complain(n, at, "is "+kindOf(n)+"; "+remedy)
		return
	}
	known := members(into.Type())
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		which := slices.IndexFunc(known, func(m member) bool { return m.name == key.Value })
		switch {
		case key.Kind != yaml.ScalarNode:
			d.complain(key, at, "has a key that is "+kindOf(key)+"; keys are words")
		case which < 0:
			d.unknown(key, at, known)
		case seen[key.Value] > 0:
			d.complain(key, at.Field(key.Value), fmt.Sprintf("is there twice, first in line %d; remove one", seen[key.Value]))
		default:
			seen[key.Value] = max(key.Line, 1)
			d.given(value, at.Field(key.Value), into.Field(which))
		}
	}
	for _, m := range known {
		if m.required && seen[m.name] == 0 {
			d.complain(n, at, m.name+" is missing; "+firstSentence(m.field.Tag.Get("doc")))
		}
	}
}

// given reads a value that is not the empty text, which would be the same as
// leaving it out. Of display names the document keeps the two apart.
func (d *decoder) given(n *yaml.Node, at access.Place, into reflect.Value) {
	if into.Kind() == reflect.String && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" && n.Value == "" {
		d.complain(n, at, "is empty; give a value, or remove it")
		return
	}
	d.value(n, at, into)
}

// unknown refuses a key. A key beside a credential's is likely to hold the
// secret itself.
func (d *decoder) unknown(key *yaml.Node, at access.Place, known []member) {
	printed := strconv.Quote(key.Value)
	if runes := []rune(key.Value); len(runes) > 64 {
		printed = strconv.Quote(string(runes[:64]) + "…")
	}
	near := cmp.Or(spelling.Nearest(key.Value, names(known)), beginning(key.Value, names(known)))
	switch {
	case ofCredential(at):
		d.complain(key, at, "has a member that is unknown; "+bySource)
	case key.Value == "<<":
		d.complain(key, at, "merges another mapping, which this file does not do; write it out")
	case near != "":
		d.complain(key, at, printed+" is unknown; did you mean "+near+"?")
	default:
		d.complain(key, at, printed+" is unknown; the members here are "+strings.Join(names(known), ", "))
	}
}

// beginning returns the longest of the names that a key begins with, as that of
// the management API may: its timeoutSeconds is timeout here.
func beginning(key string, names []string) (found string) {
	for _, name := range names {
		if strings.HasPrefix(key, name) && len(name) > len(found) {
			found = name
		}
	}
	return found
}

// ofCredential reports whether a place is a credential or within one.
func ofCredential(at access.Place) bool {
	return strings.HasPrefix(string(at), string(credentialPlace)) || sourceCredential.MatchString(string(at))
}

var sourceCredential = regexp.MustCompile(`^sources\[[0-9]+\]\.credential`)

const credentialPlace access.Place = "organization.connection.credential"

const bySource = "no secret belongs into this file: keep it in an environment variable or a file and write from: {env: NAME} or from: {file: path}"

// plain are the tags of scalars whose text may stand in a string.
var plain = []string{"!!str", "!!int", "!!float", "!!bool", "!!timestamp"}

func (d *decoder) word(n *yaml.Node, at access.Place, into reflect.Value) {
	if n.Kind != yaml.ScalarNode || !slices.Contains(plain, n.ShortTag()) {
		d.complain(n, at, "is "+kindOf(n)+"; write one value")
		return
	}
	into.SetString(n.Value)
}

func (d *decoder) number(n *yaml.Node, at access.Place, into reflect.Value) {
	var i int
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || n.Decode(&i) != nil {
		d.complain(n, at, "is no whole number; write one")
		return
	}
	if i == 0 { // the same as leaving it out
		d.complain(n, at, "is 0; give at least 1")
	}
	into.SetInt(int64(i))
}

func (d *decoder) truth(n *yaml.Node, at access.Place, into reflect.Value) {
	var b bool
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" || n.Decode(&b) != nil {
		d.complain(n, at, "is neither true nor false; write one of them")
		return
	}
	into.SetBool(b)
}

func (d *decoder) text(n *yaml.Node, at access.Place, into encoding.TextUnmarshaler) {
	if n.Kind != yaml.ScalarNode || !slices.Contains(plain, n.ShortTag()) {
		d.complain(n, at, "is "+kindOf(n)+"; write one value")
		return
	}
	err := into.UnmarshalText([]byte(n.Value))
	switch _, isTime := into.(*time.Time); {
	case err == nil:
	case isTime:
		d.complain(n, at, "is not a time with its zone; give one such as 2027-01-31T00:00:00Z")
	default:
		d.complain(n, at, fault.Public(err))
	}
	if id, isID := into.(*tenants.GUID); isID && err == nil && id.IsZero() {
		d.complain(n, at, "is the id of nothing; copy it from the Entra admin center")
	}
}

func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.AliasNode:
		return "an alias"
	case n.ShortTag() == "!!null":
		return "empty"
	case !slices.Contains(plain, n.ShortTag()):
		return "a value with a tag"
	default:
		return "one value"
	}
}

// firstSentence makes the beginning of a description the end of a complaint.
func firstSentence(doc string) string {
	first, _, _ := strings.Cut(doc, ". ")
	return strings.ToLower(first[:1]) + strings.TrimSuffix(first[1:], ".")
}
