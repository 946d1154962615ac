package msgraph

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"gatehouse/internal/emulator/seed"
)

// childKind is the resource type driveItem in lists, driveItemOnly by itself.
// Pages have 200 items without $top (page driveitem-list-children).
var (
	childKind = &itemKind{
		name: "driveItem", page: 200, max: 999, unsupported: driveUnsupported,
		options:    []string{"$top", "$skiptoken", "$select", "$orderby"},
		ordered:    []string{"name", "size", "lastModifiedDateTime"},
		properties: driveItemProperties,
	}
	driveItemOnly = &itemKind{
		name: "driveItem", unsupported: driveUnsupported, options: []string{"$select", "$expand"}, properties: driveItemProperties,
	}
	contentOnly = &itemKind{name: "driveItem", unsupported: driveUnsupported}
)

// driveItemProperties are those of the resource type; the facets in the last
// line no seeded file has, so that naming one rightly gives nothing.
var driveItemProperties = []string{
	"id", "name", "size", "webUrl", "eTag", "cTag", "createdBy", "createdDateTime", "lastModifiedBy", "lastModifiedDateTime", "parentReference",
	"file", "folder", "root", "fileSystemInfo", downloadURL, "children",
	"audio", "bundle", "deleted", "description", "image", "location", "malware", "package", "pendingOperations", "photo", "publication",
	"remoteItem", "searchResult", "shared", "specialFolder", "video",
}

const downloadURL = "@microsoft.graph.downloadUrl"

// serve answers for a node, its children or its content.
func (t *tree) serve(v *visit, n *node, facet string) {
	switch facet {
	case "children":
		t.serveChildren(v, n)
	case "content":
		t.serveContent(v, n)
	default:
		t.serveItem(v, n)
	}
}

func (t *tree) serveItem(v *visit, n *node) {
	q, bad := v.query(driveItemOnly)
	if bad != nil {
		v.refuse(bad)
		return
	}
	i := t.item(v, n)
	if sent := v.r.Header.Get("If-None-Match"); sent != "" && (sent == i.shown["eTag"] || sent == i.shown["cTag"]) {
		v.empty(http.StatusNotModified)
		return
	}
	if q.expanded {
		children := []map[string]any{}
		for _, child := range n.children {
			children = append(children, t.item(v, child).shown)
		}
		i.shown["children"] = children
		if q.choose != nil {
			q.choose = append(q.choose, "children")
		}
	}
	v.single(q, t.collection("items"), i)
}

func (t *tree) serveChildren(v *visit, n *node) {
	q, bad := v.query(childKind)
	if bad != nil {
		v.refuse(bad)
		return
	}
	var all []item
	for _, child := range n.children {
		all = append(all, t.item(v, child))
	}
	v.page(q, t.collection("items('"+t.idOf(n)+"')/children"), all)
}

func (t *tree) collection(name string) string {
	return "users('" + t.owner.ID + "')/drive/" + name
}

// serveContent redirects to where the content can be had without a token. That a
// folder has none is said in words from memory.
func (t *tree) serveContent(v *visit, n *node) {
	if _, bad := v.query(contentOnly); bad != nil {
		v.refuse(bad)
		return
	}
	if n.folder {
		v.refuse(driveUnsupported("You cannot get content for a folder"))
		return
	}
	at, err := t.download(v, n)
	if err != nil {
		v.refuse(injected(http.StatusInternalServerError))
		return
	}
	v.w.Header().Set("Location", at)
	v.empty(http.StatusFound)
}

// item is a node as a driveItem.
func (t *tree) item(v *visit, n *node) item {
	id, at := t.idOf(n), stamp(n.modified)
	guid := strings.ToUpper(seed.Derived(id, at))
	shown := map[string]any{
		"id": id, "name": n.name, "size": n.size, "webUrl": t.webURL(n), "eTag": `"{` + guid + `},1"`, "createdDateTime": at, "lastModifiedDateTime": at,
		"createdBy": t.identity(), "lastModifiedBy": t.identity(), "parentReference": t.parent(n),
		"fileSystemInfo": map[string]any{"createdDateTime": at, "lastModifiedDateTime": at},
	}
	switch {
	case n.folder:
		shown["folder"] = map[string]any{"childCount": len(n.children)}
	default:
		shown["cTag"] = `"c:{` + guid + `},1"`
		shown["file"] = map[string]any{"mimeType": mimeType(n.name)}
		if at, err := t.download(v, n); err == nil {
			shown[downloadURL] = at
		}
	}
	if n == t.root {
		shown["root"] = map[string]any{}
	}
	return item{id: id, shown: shown, keys: map[string]any{"name": n.name, "size": n.size, "lastModifiedDateTime": n.modified}}
}

func (t *tree) webURL(n *node) string {
	out := t.web
	for name := range strings.SplitSeq(n.path, "/") {
		if name != "" {
			out += "/" + url.PathEscape(name)
		}
	}
	return out
}

// parent is an itemReference; the root's names the drive alone.
func (t *tree) parent(n *node) map[string]any {
	out := map[string]any{"driveType": "business", "driveId": t.drive}
	if n.parent != nil {
		out["id"], out["name"], out["path"] = t.idOf(n.parent), n.parent.name, "/drive/root:"
		if n.parent.path != "" {
			out["path"] = "/drive/root:/" + n.parent.path
		}
	}
	return out
}

// mimeTypes are those whose extension the machine need not know.
var mimeTypes = map[string]string{
	".txt": "text/plain", ".md": "text/markdown", ".csv": "text/csv", ".json": "application/json", ".html": "text/html", ".pdf": "application/pdf",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

func mimeType(name string) string {
	if known, ok := mimeTypes[strings.ToLower(path.Ext(name))]; ok {
		return known
	}
	return "application/octet-stream"
}
