package seal

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/audittest"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/tenants"
)

var update = flag.Bool("update", false, "rewrite golden files")

func sampleOrg(tb testing.TB) tenants.ID {
	tb.Helper()
	org, err := tenants.ParseID("3f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506")
	if err != nil {
		tb.Fatal(err)
	}
	return org
}

// oddities are values that look like what can be packed briefly, and are not quite.
func oddities(org tenants.ID) []audit.Field {
	var all []audit.Field
	for i, value := range []string{
		"0", "1", "9007199254740991", "true", `""`, `"a"`, `"tool_call"`, `["a","b"]`, `[]`, `["access_as_user"]`,
		`"3f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f507"`, `"3F1C2A34-5B6D-4E7F-8A90-B1C2D3E4F507"`, `"3f1c2a34a5b6da4e7fa8a90ab1c2d3e4f507"`, `"` + org.String() + `"`, `"` + org.String() + `"`,
		`"00ff00ff00ff"`, `"00FF00ff00ff"`, `"00ff00ff00ff0"`, `"00ff00ff00fg"`, `"00ff"`, `"2026-11-22T11:49:29.344123Z"`, `"2026-11-22T11:49:29.344123z"`, `"2026-02-30T11:49:29.344123Z"`,
		`"1950-11-22T11:49:29.344123Z"`, `"AAAAAAAAAAAAAAAAAAAAAA"`, `"AAAAAAAAAAAAAAAAAAAAAB"`, `"AAAAAAAAAAAAAAAAAAAA+A"`, `"` + strings.Repeat("long ", 200) + `"`, `"` + strings.Repeat("é\\\\", 100) + `"`,
	} {
		all = append(all, audit.Field{Name: "odd_" + string(rune('a'+i)), Value: []byte(value)})
	}
	return all
}

func packed(org tenants.ID, seed proof.Seed, fields []audit.Field) []byte {
	return bytes.Clone(borrow().pack(org, seed, fields))
}

func packedExplicitly(org tenants.ID, fields []proof.Field) []byte {
	return bytes.Clone(borrow().packExplicitly(org, fields))
}

func unpacked(org tenants.ID, raw []byte) ([]proof.Field, error) {
	p := borrow()
	if err := p.unpack(org, raw, true); err != nil {
		return nil, err
	}
	return p.taken(0, len(p.fields)), nil
}

func TestWhatWasPackedComesBack(t *testing.T) {
	t.Parallel()
	org, seed := sampleOrg(t), proof.Seed{5}
	journal := audittest.New(org, 1, 10, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	lists := [][]audit.Field{oddities(org)}
	for range 200 {
		fields, err := audit.Fields(journal.Row().Payload)
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, fields)
	}
	for _, list := range lists {
		got, err := unpacked(org, packed(org, seed, list))
		if err != nil || len(got) != len(list) {
			t.Fatalf("%d of %d fields, %v", len(got), len(list), err)
		}
		for i, f := range list {
			g := got[i]
			if g.Name != f.Name || !bytes.Equal(g.Value, f.Value) || g.Salt != seed.Salt(f.Name) || g.Closed().Hash != proof.Commit(g.Salt, f.Name, f.Value) {
				t.Errorf("%s: %s, want %s", f.Name, g.Value, f.Value)
			}
		}
		got[0] = got[0].Closed()
		again, err := unpacked(org, packedExplicitly(org, got))
		if err != nil || len(again) != len(got) || again[0].Value != nil {
			t.Fatalf("%d of %d fields, %v", len(again), len(got), err)
		}
		for i, f := range got {
			if g := again[i]; g.Name != f.Name || !bytes.Equal(g.Value, f.Value) || g.Salt != f.Salt || g.Hash != f.Hash {
				t.Errorf("explicitly, %s: %s, want %s", f.Name, g.Value, f.Value)
			}
		}
	}
}

// TestPackingNeverChanges reads what an earlier version has packed.
func TestPackingNeverChanges(t *testing.T) {
	t.Parallel()
	const file = "testdata/packed.hex"
	org := sampleOrg(t)
	list := oddities(org)
	for _, name := range names {
		list = append(list, audit.Field{Name: name, Value: []byte(`"` + name + `"`)})
	}
	for _, word := range words {
		list = append(list, audit.Field{Name: "word", Value: []byte(word)})
	}
	now := packed(org, proof.Seed{5}, list)
	if *update {
		if err := os.WriteFile(file, []byte(hex.EncodeToString(now)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	earlier, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(now, earlier) {
		t.Error("the same fields are packed otherwise than they were")
	}
	got, err := unpacked(org, earlier)
	if err != nil || len(got) < 100 {
		t.Fatalf("%d fields, %v", len(got), err)
	}
	for i, f := range got {
		if list[i].Name != f.Name || !bytes.Equal(list[i].Value, f.Value) {
			t.Errorf("%s: %s, want %s", f.Name, f.Value, list[i].Value)
		}
	}
}

func TestEveryFieldHasAShortName(t *testing.T) {
	t.Parallel()
	for _, name := range append(audit.FieldNames(), "v", "sealed_at") {
		if nameCodes[name] == 0 {
			t.Errorf("%s has none: add it at the end of names", name)
		}
	}
	if len(nameCodes) != len(names) || len(wordCodes) != len(words) {
		t.Error("something is there twice")
	}
}

func FuzzUnpack(f *testing.F) {
	org := sampleOrg(f)
	f.Add(packed(org, proof.Seed{5}, oddities(org)))
	f.Add(packedExplicitly(org, []proof.Field{{Name: "at", Value: []byte(`"x"`)}, {Name: "v"}}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		fields, err := unpacked(org, raw)
		if err != nil {
			return
		}
		again, err := unpacked(org, packedExplicitly(org, fields))
		if err != nil || len(again) != len(fields) {
			t.Fatalf("%d of %d fields, %v", len(again), len(fields), err)
		}
		for i, f := range fields {
			if g := again[i]; g.Name != f.Name || !bytes.Equal(g.Value, f.Value) || g.Salt != f.Salt || g.Hash != f.Hash {
				t.Fatalf("%+v, want %+v", g, f)
			}
		}
	})
}

func BenchmarkPack(b *testing.B) {
	org := sampleOrg(b)
	journal := audittest.New(org, 1, 10, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	var lists [][]audit.Field
	for range 500 {
		fields, err := audit.Fields(journal.Row().Payload)
		if err != nil {
			b.Fatal(err)
		}
		lists = append(lists, fields)
	}
	p := borrow()
	n, i := 0, 0
	for b.Loop() {
		n += len(p.pack(org, proof.Seed{}, lists[i%len(lists)]))
		i++
	}
	b.ReportMetric(float64(n)/float64(i), "bytes/record")
}
