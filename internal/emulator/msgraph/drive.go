package msgraph

import (
	"net/http"
	"regexp"
	"strings"

	"gatehouse/internal/emulator/directory"
)

// files is the workload of the pages drive-get, driveitem-get,
// driveitem-list-children, driveitem-search and driveitem-get-content. Group
// permissions, which those pages list too, are for the drives of groups. The texts
// with ResourceNotFound are from memory.
var files = &workload{
	own:    append([]string{"Files.Read", "Files.ReadWrite"}, allFiles...),
	apps:   allFiles,
	refuse: (*visit).refuse,
	denied: &problem{http.StatusForbidden, "accessDenied", "Access denied"},
	nobody: func(string) *problem {
		return &problem{http.StatusNotFound, "ResourceNotFound", "User not found"}
	},
	lacks: func(owner *directory.Person) *problem {
		if owner.Member() {
			return nil
		}
		return &problem{http.StatusNotFound, "ResourceNotFound", "User's mysite not found."}
	},
}

var allFiles = []string{"Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"}

// driveUnsupported is OneDrive's refusal of a query; invalidRequest is among the
// codes of its error page.
func driveUnsupported(message string) *problem {
	return &problem{http.StatusBadRequest, "invalidRequest", message}
}

// noItem is what OneDrive says of an id or a path nothing has.
var noItem = &problem{http.StatusNotFound, "itemNotFound", "The resource could not be found."}

var driveKind = &itemKind{
	name: "drive", options: []string{"$select"}, unsupported: driveUnsupported,
	properties: []string{
		"id", "name", "description", "driveType", "owner", "quota", "webUrl", "createdBy", "createdDateTime", "lastModifiedBy", "lastModifiedDateTime",
	},
}

// driveSpace is the terabyte everybody has.
const driveSpace = 1 << 40

func drive(v *visit, owner *directory.Person) {
	q, bad := v.query(driveKind)
	if bad != nil {
		v.refuse(bad)
		return
	}
	t := newTree(v, owner)
	by := t.identity()
	v.single(q, "drives", item{id: t.drive, shown: map[string]any{
		"id": t.drive, "name": "OneDrive", "description": "", "driveType": "business", "owner": by, "createdBy": by, "lastModifiedBy": by,
		"createdDateTime": stamp(t.root.modified), "lastModifiedDateTime": stamp(t.root.modified), "webUrl": t.web,
		"quota": map[string]any{"deleted": 0, "remaining": driveSpace - t.root.size, "state": "normal", "total": driveSpace, "used": t.root.size},
	}})
}

func driveRoot(v *visit, owner *directory.Person) {
	t := newTree(v, owner)
	t.serve(v, t.root, "")
}

func driveRootChildren(v *visit, owner *directory.Person) {
	t := newTree(v, owner)
	t.serve(v, t.root, "children")
}

// drivePath serves root:/{path}, optionally followed by ":" and :/children or
// :/content.
func drivePath(v *visit, owner *directory.Person) {
	path, facet, ok := splitDrivePath(v.r.PathValue("path"))
	t := newTree(v, owner)
	n, known := t.at(path)
	if !ok || !known {
		v.refuse(noItem)
		return
	}
	t.serve(v, n, facet)
}

// splitDrivePath takes what follows "root:/" apart. A colon cannot be in the
// name of a file.
func splitDrivePath(path string) (of, facet string, ok bool) {
	of, facet, _ = strings.Cut(path, ":")
	facet = strings.TrimPrefix(facet, "/")
	return of, facet, of != "" && (facet == "" || facet == "children" || facet == "content")
}

func driveItem(v *visit, owner *directory.Person) { byItemID(v, owner, "") }

func driveItemChildren(v *visit, owner *directory.Person) { byItemID(v, owner, "children") }

func driveItemContent(v *visit, owner *directory.Person) { byItemID(v, owner, "content") }

func byItemID(v *visit, owner *directory.Person, facet string) {
	t := newTree(v, owner)
	n, ok := t.byID(v.r.PathValue("id"))
	if !ok {
		v.refuse(noItem)
		return
	}
	t.serve(v, n, facet)
}

var searchCall = regexp.MustCompile(`^search\(q='((?:[^']|'')*)'\)$`)

// driveSearch looks for a text in names and contents, everywhere in the drive.
func driveSearch(v *visit, owner *directory.Person) {
	call := searchCall.FindStringSubmatch(v.r.PathValue("call"))
	if call == nil {
		v.refuse(driveUnsupported("The emulator knows children and search(q='…') below root."))
		return
	}
	q, bad := v.query(childKind)
	words := wordsOf(strings.ReplaceAll(call[1], "''", "'"))
	if bad == nil && len(words) == 0 {
		bad = driveUnsupported("The search text is empty.")
	}
	if bad != nil {
		v.refuse(bad)
		return
	}
	t := newTree(v, owner)
	var hits []item
	for _, n := range t.nodes {
		if n != t.root && n.mentions(words) {
			hits = append(hits, t.item(v, n))
		}
	}
	v.page(q, "Collection(driveItem)", hits)
}

// mentions reports whether all words occur in a node's name or content.
func (n *node) mentions(words []string) bool {
	keys := map[string]any{"name": n.name, "content": n.content}
	for _, word := range words {
		if !(kqlTerm{in: []string{"name", "content"}, words: []string{word}}).matches(keys) {
			return false
		}
	}
	return true
}
