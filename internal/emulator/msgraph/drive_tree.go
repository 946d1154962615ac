package msgraph

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// node is a file or folder.
type node struct {
	path, name string // path from the root without a leading slash
	parent     *node  // nil: the root
	children   []*node
	folder     bool
	content    string
	modified   time.Time // of a folder: the latest in it
	size       int       // of a folder: of all in it
}

// tree is a person's OneDrive as the seed describes it. Names differ without
// regard to case, as in OneDrive.
type tree struct {
	owner      *directory.Person
	drive, web string // id, address
	root       *node
	nodes      []*node // the root first
	byPath     map[string]*node
	idOf       func(*node) string
}

func newTree(v *visit, owner *directory.Person) *tree {
	site := strings.NewReplacer("@", "_", ".", "_").Replace(strings.ToLower(v.tenant.PrincipalName(owner)))
	t := &tree{
		owner: owner, root: &node{folder: true, name: "root"}, byPath: map[string]*node{},
		drive: "b!" + base64.RawURLEncoding.EncodeToString([]byte(seed.Derived(v.tenant.ID, owner.ID, "drive"))),
		web:   v.s.url + "/personal/" + site + "/Documents",
	}
	t.idOf = func(n *node) string {
		sum := sha256.Sum256([]byte(seed.Derived(v.tenant.ID, owner.ID, "drive item", strings.ToLower(n.path))))
		return "01" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20])
	}
	t.nodes, t.byPath[""] = []*node{t.root}, t.root
	for _, f := range owner.Files {
		t.add(f)
	}
	for _, n := range t.nodes {
		slices.SortFunc(n.children, func(a, b *node) int { return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
	}
	return t
}

// add hangs a file in, or a folder when its path ends in a slash, and makes the
// folders on the way.
func (t *tree) add(f seed.File) {
	parent := t.root
	parts := strings.FieldsFunc(f.Path, func(r rune) bool { return r == '/' })
	for depth, name := range parts {
		path := strings.Join(parts[:depth+1], "/")
		n, ok := t.byPath[strings.ToLower(path)]
		if !ok {
			n = &node{path: path, name: name, parent: parent, folder: depth < len(parts)-1 || strings.HasSuffix(f.Path, "/")}
			t.byPath[strings.ToLower(path)] = n
			t.nodes, parent.children = append(t.nodes, n), append(parent.children, n)
		}
		parent = n
	}
	if !parent.folder {
		parent.content = f.Content
	}
	for n := parent; n != nil; n = n.parent {
		n.size += len(f.Content)
		if n.modified.Before(f.Modified) {
			n.modified = f.Modified
		}
	}
}

// at finds a node by its path.
func (t *tree) at(path string) (*node, bool) {
	n, ok := t.byPath[strings.ToLower(strings.Trim(path, "/"))]
	return n, ok
}

// byID finds a node by its id; "root" is another name of the root's.
func (t *tree) byID(id string) (*node, bool) {
	if id == "root" {
		return t.root, true
	}
	at := slices.IndexFunc(t.nodes, func(n *node) bool { return t.idOf(n) == id })
	if at < 0 {
		return nil, false
	}
	return t.nodes[at], true
}

// identity is the owner as an identitySet.
func (t *tree) identity() map[string]any {
	return map[string]any{"user": map[string]any{"email": orNull(t.owner.Mail), "id": t.owner.ID, "displayName": t.owner.Name}}
}
