package msgraph_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator/msgraph"
)

func TestDriveItemsAreShapedAsDocumented(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Files.Read")
	g.ok(token, "/v1.0/me/drive").golden(t, "drive")
	g.ok(token, "/v1.0/me/drive/root").golden(t, "drive-root")
	g.ok(token, "/v1.0/me/drive/root/children?$top=2").golden(t, "drive-children")
	g.ok(token, "/v1.0/me/drive/root:/Reports/2026/Plan.txt").golden(t, "drive-file")
}

func TestDriveItemsAreFoundByPathAndByID(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Files.Read")
	file := g.ok(token, "/v1.0/me/drive/root:/reports/2026/PLAN.TXT")
	if file.json["name"] != "Plan.txt" || file.json["size"] != 20.0 {
		t.Errorf("the file is %s", file.text)
	}
	if same := g.ok(token, "/v1.0/me/drive/items/"+textOf(file.json["id"])); same.json["name"] != "Plan.txt" {
		t.Errorf("by id it is %s", same.text)
	}
	for path, want := range map[string]string{
		"root/children":                               "Empty|notes & more.md|Reports",
		"root:/Reports:/children":                     "2026",
		"root:/Reports/2026:/children":                "Plan.txt",
		"items/root/children":                         "Empty|notes & more.md|Reports",
		"root:/Empty:/children":                       "",
		"root:/Reports/2026/Plan.txt:/children":       "",
		"root/children?$orderby=size desc":            "Reports|notes & more.md|Empty",
		"root/children?$orderby=lastModifiedDateTime": "Empty|Reports|notes & more.md",
		"root/search(q='secret')":                     "Plan.txt",
		"root/search(q='plan growth')":                "Plan.txt",
		"root/search(q='report')":                     "Reports",
		"root/search(q='O''Clock')":                   "",
	} {
		if got := g.ok(token, "/v1.0/me/drive/"+path).list("name"); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if a := g.ok(token, "/v1.0/me/drive/root:/notes & more.md:"); a.json["name"] != "notes & more.md" {
		t.Errorf("with a colon at the end it is %s", a.text)
	}
	for _, path := range []string{"root:/Nowhere", "root:/Reports:/permissions", "root:/:/children", "root:/Reports/2026/Plan.txt/more", "items/01NOPE", "items/01NOPE/content"} {
		t.Log(path)
		g.fetch(token, "/v1.0/me/drive/"+path).refuses(t, 404, "itemNotFound")
	}
	g.fetch(g.person(omar, "Files.Read"), "/v1.0/me/drive/items/"+textOf(file.json["id"])).refuses(t, 404, "itemNotFound")
}

func TestDriveItemsAreChosenExpandedAndPaged(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Files.Read")
	chosen := g.ok(token, "/v1.0/me/drive/root:/notes & more.md?$select=name,@microsoft.graph.downloadUrl,image")
	if len(chosen.json) != 4 || !strings.HasPrefix(textOf(chosen.json["@microsoft.graph.downloadUrl"]), rootURL+"/personal/nora_northwind_example/_layouts/15/download.aspx?") {
		t.Errorf("chosen is %s", chosen.text)
	}
	expanded := g.ok(token, "/v1.0/me/drive/root?$expand=children&$select=name")
	if children, _ := expanded.json["children"].([]any); len(children) != 3 {
		t.Errorf("expanded is %s", expanded.text)
	}
	page := g.ok(token, "/v1.0/me/drive/root/children?$top=2")
	if rest := g.ok(token, page.next(t)); rest.list("name") != "Reports" || rest.json["@odata.nextLink"] != nil {
		t.Errorf("the second page is %s", rest.text)
	}
}

func TestAnUnchangedDriveItemIsNotSentAgain(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Files.Read")
	file := g.ok(token, "/v1.0/me/drive/root:/notes & more.md")
	for _, tag := range []string{"eTag", "cTag"} {
		if a := g.fetch(token, "/v1.0/me/drive/root:/notes & more.md", "If-None-Match", textOf(file.json[tag])); a.status != http.StatusNotModified || a.text != "" {
			t.Errorf("%s: %d %s", tag, a.status, a.text)
		}
	}
	g.ok(token, "/v1.0/me/drive/root:/notes & more.md", "If-None-Match", `"another"`)
}

func TestContentIsBehindAnAddressThatNeedsNoTokenForAnHour(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Files.Read")
	a := g.fetch(token, "/v1.0/me/drive/root:/Reports/2026/Plan.txt:/content")
	if a.status != http.StatusFound {
		t.Fatalf("content is %d %s", a.status, a.text)
	}
	address := strings.TrimPrefix(a.header.Get("Location"), rootURL)
	whole := g.fetch("", address)
	if whole.status != http.StatusOK || whole.text != "the secret of growth" || whole.header.Get("Content-Type") != "text/plain" {
		t.Errorf("downloaded is %d %q as %s", whole.status, whole.text, whole.header.Get("Content-Type"))
	}
	part := g.fetch("", address, "Range", "bytes=4-9")
	if part.status != http.StatusPartialContent || part.text != "secret" || part.header.Get("Content-Range") != "bytes 4-9/20" {
		t.Errorf("the part is %d %q, %v", part.status, part.text, part.header)
	}
	g.fetch("", address[:len(address)-20]+"AAAA&ApiVersion=2.0").refuses(t, 401, "unauthenticated")
	g.fetch(token, "/personal/nora_northwind_example/_layouts/15/download.aspx").refuses(t, 401, "unauthenticated")
	g.advance(59 * time.Minute)
	if late := g.fetch("", address); late.status != http.StatusOK {
		t.Errorf("within the hour: %d %s", late.status, late.text)
	}
	g.advance(time.Minute)
	g.fetch("", address).refuses(t, 401, "unauthenticated")
	g.fetch(g.person(nora, "Files.Read"), "/v1.0/me/drive/root:/Reports:/content").refuses(t, 400, "invalidRequest")
	g.fetch(g.person(nora, "User.Read"), "/v1.0/me/drive/root:/notes & more.md:/content").refuses(t, 403, "accessDenied")
}
