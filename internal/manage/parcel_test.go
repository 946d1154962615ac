package manage_test

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit/parcel"
	"gatehouse/internal/manage"
)

const handedText = `{"at":"2026-03-01T08:30:00Z","configuration":{"since":"2026-03-01T08:05:00Z","version":3,"record":"r5","digest":"aa"},"remarks":[],"people":[]}` + "\n"

// packer is a deployment that has what a package is made of.
type packer struct {
	*httptest.Server
	asked    []string // of the requests for reports and exports, the bodies
	searched int
	founded  int // status of the receipt of the configuration
}

func newPacker(t *testing.T) *packer {
	t.Helper()
	example := func(name string) []byte {
		content, err := os.ReadFile("../../docs/examples/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	p, mux := &packer{founded: http.StatusOK}, http.NewServeMux()
	const base = "/api/organizations/contoso/"
	note := func(r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.asked = append(p.asked, string(body))
	}
	mux.HandleFunc("POST "+base+"access/reports", func(w http.ResponseWriter, r *http.Request) {
		note(r)
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]string{"id": "0a0a0a0a-0000-4000-8000-000000000002", "text": handedText})
	})
	mux.HandleFunc("GET "+base+"log/records", func(w http.ResponseWriter, r *http.Request) {
		if p.searched++; p.searched == 1 || r.URL.Query().Get("text") != "0a0a0a0a-0000-4000-8000-000000000002" {
			_, _ = fmt.Fprint(w, `{"items":[]}`) // it is not sealed yet
			return
		}
		_, _ = fmt.Fprint(w, `{"items":[{"seq":4,"fields":{"id":"r4"}}]}`)
	})
	mux.HandleFunc("GET "+base+"log/records/{id}/receipt", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") == "r5" && p.founded != http.StatusOK {
			w.WriteHeader(p.founded)
			return
		}
		_, _ = w.Write(example("evidence.ndjson"))
	})
	mux.HandleFunc("GET "+base+"log", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"origin": "the log", "checkpoint": string(example("evidence.checkpoint")), "keys": []map[string]string{{"key": "first"}, {"key": "second"}},
		})
	})
	mux.HandleFunc("POST "+base+"log/exports", func(w http.ResponseWriter, r *http.Request) {
		note(r)
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprint(w, `{"id":"1","from":1,"to":7,"sealedAt":"2026-03-01T00:00:00Z","token":"t"}`)
	})
	mux.HandleFunc("GET "+base+"log/exports/content", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(example("evidence.ndjson")) })
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *packer) pack(t *testing.T, what manage.Package) (map[string]string, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "p.zip")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := manage.WritePackage(t.Context(), client(t, p.URL), what, file); err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	content, names := map[string]string{}, []string(nil)
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		is, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		content[f.Name], names = string(is), append(names, f.Name)
	}
	if !slices.Equal(names, parcel.Members()) {
		t.Errorf("the members are %v", names)
	}
	return content, nil
}

func TestPackageHoldsTheExportAgainstAllBesideIt(t *testing.T) {
	t.Parallel()
	p := newPacker(t)
	at := time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC)
	got, err := p.pack(t, manage.Package{
		Export: manage.LogExport{Checkpoints: []int64{3}}, Access: manage.AccessQuestion{At: at, Tool: "payroll_*"}, Files: map[string][]byte{parcel.Readme: []byte("read")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{`{"at":"2026-03-01T08:30:00Z","tool":"payroll_*"}`, `{"filter":{},"format":"evidence","checkpoints":[3,10,12,12]}`}; !slices.Equal(p.asked, want) {
		t.Errorf("asked for %q", p.asked)
	}
	if got[parcel.AccessJSON] != handedText || !strings.HasPrefix(got[parcel.AccessCSV], `"at","person","name",`) || got[parcel.Keys] != "first\nsecond\n" || got[parcel.Origin] != "the log\n" ||
		!strings.HasPrefix(got[parcel.Manifest], "gatehouse evidence v1\n{\"digest\":") || got[parcel.Configuration] == "" || got[parcel.Readme] != "read" {
		t.Errorf("the package is %q", got)
	}
	p.founded = http.StatusNotFound
	if got, err = p.pack(t, manage.Package{}); err != nil || got[parcel.Configuration] != "" {
		t.Errorf("without the record of the configuration: %v, %q", err, got[parcel.Configuration])
	}
	p.founded = http.StatusForbidden
	if _, err = p.pack(t, manage.Package{}); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("refused: %v", err)
	}
}
