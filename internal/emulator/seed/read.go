package seed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Document is a seed in a file.
type Document struct {
	Entropy string   `yaml:"entropy,omitempty"` // what keys and random values derive from, which whoever knows it can do too; empty: new ones at every start
	Tenants []Tenant `yaml:"tenants"`
}

// MaxDocument is the size of the largest file that Read takes, in bytes. Ten
// thousand people and two thousand groups need a quarter of it.
const MaxDocument = 16 << 20

// Read reads a seed in YAML, called name in complaints, and checks it. What
// Check would accept comes back; everything else is an *Error with all
// complaints, each with its line.
//
// Unknown and repeated keys are refused, and so are aliases. Ids may be left
// out and references may be names; docs/emulator.md has the rules.
func Read(name string, r io.Reader) (*Document, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	root, fault := parse(text)
	if fault != nil {
		fault.File = name
		return nil, &Error{Complaints: []Complaint{*fault}}
	}
	var doc Document
	found := fill(root, &doc)
	if len(found) > 0 {
		for i := range found {
			found[i].File = name
			if found[i].Line == 0 {
				found[i].Line = lineOf(root, found[i].Path)
			}
		}
		slices.SortStableFunc(found, func(a, b Complaint) int { return a.Line - b.Line })
		return nil, &Error{Complaints: found}
	}
	return &doc, nil
}

// fill brings what a file says into doc, completes it, and checks it. A place
// that one step has complained about is left alone by the next ones.
func fill(root *yaml.Node, doc *Document) complaints {
	d := &decoder{blamed: map[place]bool{}}
	d.document(root, doc)
	if len(doc.Tenants) == 0 && len(d.complaints) == 0 {
		d.addLine(max(root.Line, 1), "tenants", "is empty; describe at least one tenant")
	}
	complete(doc, d.blamed)
	found := d.complaints
	for _, step := range []error{resolve(doc), Check(doc.Tenants)} {
		var fault *Error
		if !errors.As(step, &fault) {
			continue
		}
		for _, c := range fault.Complaints {
			if !d.explains(place(c.Path)) {
				found.addLine(c.Line, place(c.Path), "%s", c.Text)
			}
		}
		for _, c := range fault.Complaints {
			d.blamed[place(c.Path)] = true
		}
	}
	return found
}

// parse makes one tree of a file, without following its aliases.
func parse(text []byte) (*yaml.Node, *Complaint) {
	if fault := readable(text); fault != nil {
		return nil, fault
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var file, second yaml.Node
	err := decoder.Decode(&file)
	if errors.Is(err, io.EOF) || err == nil && len(file.Content) == 0 {
		return nil, &Complaint{Line: 1, Text: "the file is empty; describe at least one tenant"}
	}
	if err != nil {
		return nil, syntax(text, err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, &Complaint{Line: max(second.Line, 1), Text: "a second document begins; put all tenants into one"}
	case !errors.Is(err, io.EOF):
		return nil, syntax(text, err)
	}
	return file.Content[0], nil
}

// readable refuses what is no text, whose line a YAML parser does not tell.
func readable(text []byte) *Complaint {
	if len(text) > MaxDocument {
		return &Complaint{Line: 1, Text: fmt.Sprintf("the file has more than %d MiB; make the seed smaller", MaxDocument>>20)}
	}
	line := 1
	for at := 0; at < len(text); {
		char, size := utf8.DecodeRune(text[at:])
		if char == utf8.RuneError && size == 1 || char < ' ' && char != '\n' && char != '\r' && char != '\t' || char == 0x7f {
			return &Complaint{Line: line, Text: "has a byte that is no text; save the file as UTF-8"}
		}
		if char == '\n' {
			line++
		}
		at += size
	}
	return nil
}

var (
	syntaxLine    = regexp.MustCompile(`^yaml: (?:unmarshal errors:\s*)?line ([0-9]+): (?s:(.*))$`)
	unknownAnchor = regexp.MustCompile(`unknown anchor '(.*)' referenced`)
)

// syntax is a parser's error as a complaint.
func syntax(text []byte, err error) *Complaint {
	said := strings.ReplaceAll(err.Error(), "\n", " ")
	if m := syntaxLine.FindStringSubmatch(said); m != nil {
		line, _ := strconv.Atoi(m[1]) // digits; at worst too many of them, and then 0
		return &Complaint{Line: max(line, 1), Text: "is no YAML: " + m[2]}
	}
	line := 1
	if m := unknownAnchor.FindStringSubmatch(said); m != nil {
		before, _, _ := bytes.Cut(text, []byte("*"+m[1]))
		line += bytes.Count(before, []byte("\n"))
	}
	return &Complaint{Line: line, Text: "is no YAML: " + strings.TrimPrefix(said, "yaml: ")}
}

// lineOf is the line of what lies at a path, or of the nearest thing around it
// when the file does not mention it.
func lineOf(root *yaml.Node, path string) int {
	line := max(root.Line, 1)
	for step := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		key, value := child(root, step)
		if value == nil {
			return line
		}
		line, root = key.Line, value
	}
	return line
}

// child is a member of a mapping or an entry of a list, and what its line is
// that of.
func child(n *yaml.Node, step string) (key, value *yaml.Node) {
	if n.Kind == yaml.SequenceNode {
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(n.Content) {
			return nil, nil
		}
		return n.Content[i], n.Content[i]
	}
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i], n.Content[i+1]
			}
		}
	}
	return nil, nil
}
