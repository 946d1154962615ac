package orgfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
)

// MaxSize is the size of the largest document that Read takes, in bytes.
const MaxSize = 4 << 20

// File is a document and where in its text everything stands.
type File struct {
	Name     string
	Document Document
	at       map[access.Place]position
}

// position is a place in a text, counted from one.
type position struct{ line, column int }

// Complaint is what is wrong at one place of a file.
type Complaint struct {
	File         string
	Line, Column int // from 1
	access.Problem
}

// String returns the complaint the way compilers do.
func (c Complaint) String() string {
	return c.File + ":" + strconv.Itoa(c.Line) + ":" + strconv.Itoa(c.Column) + ": " + c.Problem.String()
}

// FileErrors is all that is wrong with a file, in the order of its lines. It is
// in the chain of what Read refuses.
type FileErrors []Complaint

// Error counts the complaints; the fault around them has their text.
func (c FileErrors) Error() string {
	if len(c) == 1 {
		return "1 complaint"
	}
	return strconv.Itoa(len(c)) + " complaints"
}

// Read reads a document in YAML or JSON, called name in complaints. Members that
// are unknown or there twice, empty values, aliases and a second document are
// refused, and so is what Check refuses. The fault is Invalid, its text lists
// every complaint with line and column, and FileErrors is in its chain.
func Read(name string, r io.Reader) (*File, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	f := &File{Name: name, at: map[access.Place]position{}}
	if len(text) > MaxSize {
		return nil, refuse(f.complaint("", fmt.Sprintf("the file has more than %d MiB; assign roles to groups instead of people", MaxSize>>20)))
	}
	root, line, problem := parse(text)
	if problem != "" {
		return nil, refuse(Complaint{File: name, Line: line, Column: 1, Problem: access.Problem{Message: problem}})
	}
	d := &decoder{file: f}
	d.document(root)
	if len(d.found) == 0 {
		for _, p := range f.Document.Check() {
			d.found = append(d.found, f.complaint(p.Path, p.Message))
		}
	}
	if len(d.found) > 0 {
		return nil, refuse(d.found...)
	}
	return f, nil
}

// Locate returns problems as complaints about the file: each at the line where
// the value stands, or the nearest thing around it.
func (f *File) Locate(problems []access.Problem) FileErrors {
	out := make(FileErrors, 0, len(problems))
	for _, p := range problems {
		out = append(out, f.complaint(p.Path, p.Message))
	}
	return out
}

func (f *File) complaint(path, message string) Complaint {
	at := f.locate(path)
	return Complaint{File: f.Name, Line: at.line, Column: at.column, Problem: access.Problem{Path: path, Message: message}}
}

// locate returns where the value of a path stands, or the nearest thing around
// it.
func (f *File) locate(path string) position {
	for {
		if at, known := f.at[access.Place(path)]; known {
			return at
		}
		end := strings.LastIndexAny(path, ".[")
		if end < 0 {
			return position{1, 1}
		}
		path = path[:end]
	}
}

func refuse(found ...Complaint) error {
	slices.SortStableFunc(found, func(a, b Complaint) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	lines := make([]string, len(found))
	for i, c := range found {
		lines[i] = c.String()
	}
	return fault.Wrap(fault.Invalid, strings.Join(lines, "\n"), FileErrors(found))
}

// syntaxLine finds the line in what the YAML parser says of broken text.
var syntaxLine = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?(?s:(.*))$`)

// parse makes one tree of a text; or says which line is wrong, and why.
func parse(text []byte) (root *yaml.Node, line int, problem string) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var file, second yaml.Node
	switch err := decoder.Decode(&file); {
	case errors.Is(err, io.EOF) || err == nil && len(file.Content) == 0:
		return nil, 1, "the file is empty; begin with: gatehouse: 1"
	case err != nil:
		line, problem = syntax(err)
		return nil, line, problem
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, max(second.Line, 1), "a second document begins; put everything into one, and each organization into a file of its own"
	case !errors.Is(err, io.EOF):
		line, problem = syntax(err)
		return nil, line, problem
	}
	return file.Content[0], 0, ""
}

func syntax(err error) (int, string) {
	line, said := 1, err.Error()
	if m := syntaxLine.FindStringSubmatch(said); m != nil {
		if n, convErr := strconv.Atoi(m[1]); convErr == nil && n > 0 {
			line = n
		}
		said = m[2]
	}
	return line, "is no YAML: " + said
}
