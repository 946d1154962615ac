package console_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/demo"
)

// walked is what a walk through the console came upon.
type walked struct {
	Violations []string // of the page's policy
	Errors     []string // of scripts, and what was not found
	Axe        []string // page, theme, rule and element
	Kept       []string // names in the browser's storage
	Checked    int      // pages that axe has looked at
	Ran        bool     // whether markup in a name became part of a page

	Pages   map[string]int // how often each page has asked the management API; of a walk to all of them
	Foreign int            // pages of another organization that were tried
	Shown   bool           // whether a name that is markup was to be read

	Pointers int // what a mouse, a pen or a finger has done

	Pictures []string // that the guides have of it

	Walked []string // ids of findings that were read, mended and gone

	Called string // id of the record of a call that was made
}

// holds says what a walk came upon that is on no page, and whether axe has looked at
// fewer pages and dialogs than there are on the way.
func (w walked) holds(t *testing.T, checked int) {
	t.Helper()
	if len(w.Violations)+len(w.Errors) > 0 || w.Ran {
		t.Errorf("the policy was broken by %q, and there is\n%s\nmarkup ran: %t", w.Violations, strings.Join(w.Errors, "\n"), w.Ran)
	}
	if len(w.Axe) > 0 || w.Checked < checked {
		t.Errorf("of %d pages and dialogs, not %d, axe says:\n%s", w.Checked, checked, strings.Join(w.Axe, "\n"))
	}
	if kept := slices.DeleteFunc(slices.Clone(w.Kept), func(name string) bool { return name == "gatehouse.theme" }); len(kept) > 0 {
		t.Errorf("the browser keeps %q", kept)
	}
	t.Logf("axe has looked at %d pages and dialogs", w.Checked)
}

// looks are the themes that journeys look at their pages and dialogs in.
func looks() []string {
	if (*draw || os.Getenv("SCREENSHOTS") != "") && len(themes) == 1 {
		return []string{"Light", "Dark"}
	}
	return themes
}

// walk runs a journey of web/journeys with Chromium.
func walk[V any](t *testing.T, journey string, with map[string]V) walked {
	t.Helper()
	return walkAt(t, dev, journey, with)
}

// walkAt is walk in another gatehouse-dev.
func walkAt[V any](t *testing.T, at demo.File, journey string, with map[string]V) walked {
	t.Helper()
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	if chromium == "" {
		t.Fatal("there is no Chromium; scripts/prerequisites installs it")
	}
	options := map[string]any{"chromium": chromium, "base": at.BaseURL, "screenshots": os.Getenv("SCREENSHOTS"), "looks": looks()}
	for key, value := range with {
		options[key] = value
	}
	asked, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), walkLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "journeys/"+journey+".mjs")
	cmd.Dir, cmd.Stdin = "../../../web", strings.NewReader(string(asked))
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", journey, err, complaint.String())
	}
	var w walked
	if err := json.Unmarshal(out, &w); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return w
}

// TestOwnerLooksAroundAndRevokes walks as Carol, who owns Contoso, as Dan, who audits
// it, as Frank, who may look, and as Bob, who is nobody there. Alice's AI app calls.
func TestOwnerLooksAroundAndRevokes(t *testing.T) {
	t.Parallel()
	kept, gone := connect(t, "Cursor", user(t, "alice")), connect(t, "Claude", user(t, "alice"))
	var cast []string
	for _, u := range contoso(t).Users {
		name, _, _ := strings.Cut(u.Username, "@")
		cast = append(cast, u.OID, u.Username, name)
	}
	w := walk(t, "overview", map[string]any{
		"slug": "contoso", "carol": user(t, "carol").OID, "dan": user(t, "dan").OID, "bob": user(t, "bob").OID, "person": user(t, "alice").Username,
		"frank": user(t, "frank").OID, "mcp": contoso(t).MCPURL, "token": entraToken(t, "alice"), "cast": cast,
	})
	w.holds(t, 5)
	if !slices.Equal(w.Kept, []string{"gatehouse.theme"}) {
		t.Errorf("the browser keeps %q", w.Kept)
	}
	if gone.goesOn(t) {
		t.Error("what was revoked goes on")
	}
	if !kept.goesOn(t) {
		t.Error("what was not revoked does not go on")
	}
}

// firstLoad is what a page may weigh before anything of it is shown, packed.
const firstLoad = 300_000

// TestFirstLoadIsSmall adds up what the page names: the program, and what it cannot
// begin without.
func TestFirstLoadIsSmall(t *testing.T) {
	t.Parallel()
	page, err := fs.ReadFile(os.DirFS("../../../web/dist"), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	total, names := 0, regexp.MustCompile(`/assets/[^"]+\.js`).FindAllString(string(page), -1)
	for _, name := range names {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, dev.BaseURL+name, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", "gzip") // asked for by hand, it is left packed
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: %d %v, %v", name, resp.StatusCode, resp.Header, err)
		}
		total += int(n)
	}
	if len(names) == 0 || total < 50_000 || total > firstLoad {
		t.Errorf("%d files have %d bytes", len(names), total)
	}
	t.Logf("%d files, %d bytes packed", len(names), total)
}
