package gatehouse_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gatehouse/internal/audit/keep"
)

var updateWords = flag.Bool("words", false, "add to internal/audit/keep/words.txt what the code writes into records")

// TestNoWordThatTheLogUsesIsSomebodysName: whatever the code writes into the fields that an
// erasure may take is in the vocabulary that names are held against.
func TestNoWordThatTheLogUsesIsSomebodysName(t *testing.T) {
	t.Parallel()
	var written []string
	err := filepath.WalkDir("internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "emulator") || strings.Contains(path, "demo") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err == nil {
			written = append(written, writtenBy(f, path)...)
		}
		return err
	})
	if err != nil || len(written) < 200 {
		t.Fatalf("%d texts, %v", len(written), err)
	}
	known := keep.NewVocabulary()
	var missing []string
	for _, text := range written {
		for _, w := range regexp.MustCompile(`[^\pL\pN]+`).Split(strings.ToLower(text), -1) {
			if len(w) > 1 && !known.Has(w) && !slices.Contains(missing, w) {
				missing = append(missing, w)
			}
		}
	}
	if *updateWords {
		const path = "internal/audit/keep/words.txt"
		old, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all := append(strings.Fields(string(old)), missing...)
		slices.Sort(all)
		if err := os.WriteFile(path, append(bytes.TrimSpace([]byte(strings.Join(slices.Compact(all), "\n"))), '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if len(missing) > 0 {
		t.Errorf("an erasure of somebody called one of %q would reach records that are not about them; run: go test . -run TestNoWordThatTheLogUses -words", missing)
	}
}

// naming are packages whose named values stand in what changes are recorded as.
var naming = regexp.MustCompile(`^internal/(access|audit|authz|connections|membership|notify|orgfile|tenants|tools|watch)/[^/]*$`)

// editing are functions that are told what a change is called.
var editing = regexp.MustCompile(`^(Edit|Tell|Try|Join|Replace|apply|edit|newItem|recordEvent)`)

var plainText = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_ :.-]*$`)

// writtenBy returns texts of a file that may come to stand in a record.
func writtenBy(f *ast.File, path string) (texts []string) {
	add := func(from ast.Node) {
		ast.Inspect(from, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if s, err := strconv.Unquote(l.Value); err == nil && plainText.MatchString(s) {
					texts = append(texts, s)
				}
			}
			return true
		})
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && slices.Contains([]string{"what", "Target", "Detail", "detail", "Before", "After"}, key.Name) {
				add(n.Value)
			}
			if strings.HasPrefix(path, "internal/store/") { // what items show
				add(n.Key)
			}
		case *ast.CallExpr:
			name := ""
			switch f := n.Fun.(type) {
			case *ast.SelectorExpr:
				name = f.Sel.Name
			case *ast.Ident:
				name = f.Name
			}
			if editing.MatchString(name) {
				for _, a := range n.Args {
					if _, isFunc := a.(*ast.FuncLit); !isFunc {
						add(a)
					}
				}
			}
		case *ast.IndexExpr:
			if strings.HasPrefix(path, "internal/store/") {
				add(n.Index)
			}
		case *ast.ValueSpec:
			if n.Type != nil && naming.MatchString(path) {
				add(n)
			}
		}
		return true
	})
	return texts
}
