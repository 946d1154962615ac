package gatehouse_test

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Pictures are kept small: each, and all of them together.
const (
	mostOfPicture  = 48 << 10
	mostOfPictures = 3 << 20
)

// guides are written as the journey of whoever reads them, with pictures.
var guides = []string{"docs/admin-guide.md", "docs/auditor-guide.md", "docs/operator-guide.md"}

// pictured are the pages that pictures are drawn of: list.txt is held against what the
// browser comes upon by internal/e2e/console.
func pictured(t *testing.T) (names []string) {
	t.Helper()
	list, err := os.ReadFile("docs/screenshots/list.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		_, name, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || slices.Contains(names, name) {
			t.Errorf("list.txt: %q is no picture, or is listed twice", line)
		}
		names = append(names, name)
	}
	return names
}

// TestEveryPageHasItsPictures: in light and dark, small, and of nothing that is gone.
func TestEveryPageHasItsPictures(t *testing.T) {
	t.Parallel()
	want, total := []string{"list.txt"}, 0
	for _, name := range pictured(t) {
		for _, look := range []string{"light", "dark"} {
			file := name + "-" + look + ".webp"
			want = append(want, file)
			data, err := os.ReadFile(filepath.Join("docs/screenshots", file))
			if err != nil {
				t.Error(err)
				continue
			}
			if total += len(data); len(data) > mostOfPicture || !bytes.HasPrefix(data, []byte("RIFF")) || !bytes.Equal(data[8:12], []byte("WEBP")) {
				t.Errorf("%s has %d bytes, or is no WebP", file, len(data))
			}
		}
	}
	if total > mostOfPictures {
		t.Errorf("the pictures have %d bytes together", total)
	}
	entries, err := os.ReadDir("docs/screenshots")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(want, e.Name()) {
			t.Errorf("%s is a picture of no page: run scripts/pictures", e.Name())
		}
	}
}

// picture finds how a document shows one: dark where its reader wants it dark.
var picture = regexp.MustCompile(`<picture>\n  <source media="\(prefers-color-scheme: dark\)" srcset="([^"]*)-dark\.webp">\n  <img src="([^"]*)-light\.webp" alt="([^"]+)" width="900">\n</picture>`)

// TestDocumentsShowPicturesThatExist, in both themes, with words for whoever sees none.
func TestDocumentsShowPicturesThatExist(t *testing.T) {
	t.Parallel()
	names := pictured(t)
	for _, page := range append([]string{"README.md"}, guides...) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		found := picture.FindAllStringSubmatch(string(text), -1)
		for _, p := range found {
			dir, name := path.Split(path.Join(path.Dir(page), p[1]))
			if p[1] != p[2] || dir != "docs/screenshots/" || !slices.Contains(names, name) {
				t.Errorf("%s shows %s and %s", page, p[1], p[2])
			}
		}
		if n := strings.Count(string(text), ".webp"); len(found) == 0 || n != 2*len(found) {
			t.Errorf("%s names %d files of pictures, and shows %d pictures", page, n, len(found))
		}
	}
}

var (
	bold = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	// said finds the texts of TypeScript and Go; what has a part of its own in it is none.
	said = regexp.MustCompile("\"((?:[^\"\\\\]|\\\\.)*)\"")
)

// TestGuidesUseTheConsolesWords: what a guide has in bold is a text of the console, or a
// step of the set-up, letter by letter.
func TestGuidesUseTheConsolesWords(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("web/src/messages/*.ts")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	for _, file := range append(files, "internal/onboarding/step.go") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range said.FindAllStringSubmatch(string(text), -1) {
			texts[s[1]] = true
		}
	}
	for _, page := range guides {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		words := bold.FindAllStringSubmatch(string(text), -1)
		if len(words) < 8 {
			t.Errorf("%s names %d things of the console", page, len(words))
		}
		for _, w := range words {
			if !texts[w[1]] {
				t.Errorf("%s: the console has no %q", page, w[1])
			}
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the names that a document's headings have in links.
func anchors(text string) (names []string) {
	for _, h := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		names = append(names, strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-"))
	}
	return names
}

// TestLinksBetweenDocumentsHold: each leads to a file, and to a heading of it.
func TestLinksBetweenDocumentsHold(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, page := range append(pages, "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range link.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
			if strings.Contains(l[1], "://") || strings.HasPrefix(l[1], "mailto:") {
				continue
			}
			links++
			file, anchor, _ := strings.Cut(l[1], "#")
			target := page
			if file != "" {
				target = path.Join(path.Dir(page), file)
			}
			there, err := os.Stat(target)
			if err != nil {
				t.Errorf("%s links %s: %v", page, l[1], err)
				continue
			}
			if anchor == "" || there.IsDir() {
				continue
			}
			whole, err := os.ReadFile(target)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(anchors(string(whole)), anchor) {
				t.Errorf("%s links %s, and there is no such heading", page, l[1])
			}
		}
	}
	if links < 100 {
		t.Errorf("%d links are found", links)
	}
}
