package audit_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/audit"
)

func TestEveryKindIsSpecifiedWhole(t *testing.T) {
	t.Parallel()
	names, seen := append(audit.FieldNames(), "v"), map[audit.Kind]bool{}
	used := slices.Clone(audit.Common)
	for _, s := range audit.Kinds() {
		if seen[s.Kind] || s.Says == "" || !slices.IsSorted(s.Fields) {
			t.Errorf("%s: twice, mute, or with fields out of order: %v", s.Kind, s.Fields)
		}
		seen[s.Kind] = true
		for _, f := range s.Fields {
			if !slices.Contains(names, f) || slices.Contains(audit.Common, f) {
				t.Errorf("%s: %q is no field, or one of all kinds", s.Kind, f)
			}
		}
		used = append(used, s.Fields...)
		checkOCSF(t, s)
	}
	for _, f := range names {
		if !slices.Contains(used, f) {
			t.Errorf("no kind has %q", f)
		}
	}
	if len(seen) < 20 {
		t.Errorf("%d kinds", len(seen))
	}
}

// checkOCSF holds that something applies to every record of the kind.
func checkOCSF(t *testing.T, s audit.Spec) {
	t.Helper()
	for i, o := range s.OCSF {
		last := i == len(s.OCSF)-1
		if (o.Field == "") != last || o.Class < 1000 || o.Name == "" || o.Does == "" || o.Activity < 1 {
			t.Errorf("%s: %+v", s.Kind, o)
		}
		if o.Field != "" && !slices.Contains(s.Fields, o.Field) && !slices.Contains(audit.Common, o.Field) {
			t.Errorf("%s: OCSF asks for %q, which the kind does not have", s.Kind, o.Field)
		}
		category, typeUID := o.Category()
		if category != o.Class/1000 || typeUID != o.Class*100+o.Activity {
			t.Errorf("%s: category %d, type %d", s.Kind, category, typeUID)
		}
	}
}

func TestOCSFFollowsWhatHappened(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		kind            audit.Kind
		field, value    string
		class, activity int
	}{
		{audit.ToolCall, "effect", "read", 6003, 2},
		{audit.ToolCall, "effect", "write", 6003, 3},
		{audit.ToolCall, "effect", "destructive", 6003, 4},
		{audit.ToolCall, "", "", 6003, 99},
		{audit.MembershipChange, "to", "member", 3006, 3},
		{audit.MembershipChange, "to", "not_member", 3006, 4},
		{audit.MembershipChange, "to", "unknown", 3006, 99},
		{audit.Revocation, "target", "revoked person", 3001, 5},
		{audit.Revocation, "target", "revoked client", 3004, 4},
		{audit.ConsoleSignIn, "detail", "sign_out", 3002, 2},
		{audit.Export, "", "", 1008, 3},
	} {
		o, ok := audit.OCSFOf(row.kind, func(field string) string {
			if field == row.field {
				return row.value
			}
			return ""
		})
		if !ok || o.Class != row.class || o.Activity != row.activity {
			t.Errorf("%+v became %+v", row, o)
		}
	}
	if o, ok := audit.OCSFOf("gossip", func(string) string { return "" }); ok {
		t.Errorf("gossip became %+v", o)
	}
}

func TestStraysAreFieldsOfOtherKinds(t *testing.T) {
	t.Parallel()
	if got := audit.Strays(smallest()); got != nil {
		t.Errorf("the smallest record has strays %v", got)
	}
	r := smallest()
	r.Tool, r.Minute, r.Detail = "roll_dice", r.At, "2 added"
	if got := audit.Strays(r); !slices.Equal(got, []string{"minute", "tool"}) {
		t.Errorf("strays: %v", got)
	}
	r.Kind = "gossip"
	if got := audit.Strays(r); !slices.Equal(got, []string{"detail", "minute", "tool"}) {
		t.Errorf("of no kind: %v", got)
	}
}

func TestWhatNamesAPersonBelongsToThem(t *testing.T) {
	t.Parallel()
	want := map[string]audit.Owner{
		"actor_name": audit.OfActor, "actor_oid": audit.OfActor, "digest_salt": audit.OfActor, "session": audit.OfActor, "source": audit.OfActor,
		"token_id": audit.OfActor, "token_session": audit.OfActor, "subject_name": audit.OfSubject, "subject_oid": audit.OfSubject,
	}
	for _, name := range append(audit.FieldNames(), "v", "sealed_at", "no_such_field") {
		if got := audit.OwnerOf(name); got != want[name] {
			t.Errorf("%s belongs to %v, want %v", name, got, want[name])
		}
	}
	names := []string{"after", "arguments_kept", "before", "detail", "own_name", "result_kept", "target"}
	for _, name := range append(audit.FieldNames(), "v", "sealed_at", "no_such_field") {
		if got := audit.MayName(name); got != slices.Contains(names, name) {
			t.Errorf("%s may name somebody: %t", name, got)
		}
	}
	if audit.OfActor.String() != "actor" || audit.OfSubject.String() != "subject" || audit.Nobody.String() != "nobody" {
		t.Error("the owners' names")
	}
}

func TestEventsAreDocumented(t *testing.T) {
	t.Parallel()
	got, path := documentation(t), filepath.Join("..", "..", "docs", "audit-events.md")
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want := must(os.ReadFile(path)); !bytes.Equal(got, want) {
		t.Errorf("%s is not what the table says; run: go test ./internal/audit -run Documented -update", path)
	}
}

const preface = `# What the log records

Every record is of one of these kinds, and has the fields that every kind may have and those of its own. Both sets are closed and belong to version 1, the number in ` + "`v`" + `: another kind or field comes with another version. A field that is absent is empty, zero or false; nothing else is meant by it. Text is UTF-8 without control characters; what had to be replaced or cut is named in ` + "`altered`" + `.

This page is made from the table in the code by ` + "`go test ./internal/audit -run Documented -update`" + `.

The column OCSF says which class and activity of the [Open Cybersecurity Schema Framework](https://schema.ocsf.io) %s or later 1.x a record becomes when it leaves in that form.

## Kinds

| kind | what has happened | fields of its own | OCSF |
|---|---|---|---|
`

func documentation(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, preface, audit.OCSFVersion)
	for _, s := range audit.Kinds() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.Kind, s.Says, listed(s.Fields), mapped(s.OCSF))
	}
	fmt.Fprintf(&b, "\nEvery kind may have: %s.\n\n## Fields\n\nWhose a field is says what happens when a person is erased: values of theirs can never be read again. A field of whoever it names is nobody's, and goes as a whole if its text names the person. No other field is touched by an erasure. `sealed_at` comes with sealing.\n\n| field | meaning | whose |\n|---|---|---|\n", listed(audit.Common))
	for _, name := range audit.FieldNames() {
		text := audit.FieldText(name)
		if text == "" {
			t.Errorf("%s has no text", name)
		}
		owner := ""
		if o := audit.OwnerOf(name); o != audit.Nobody {
			owner = "the " + o.String() + "'s"
		}
		if audit.MayName(name) {
			owner = "whoever it names"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, text, owner)
	}
	b.WriteString("| `v` | version of this layout: 1 |  |\n")
	return b.Bytes()
}

func listed(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

func mapped(all []audit.OCSF) string {
	parts := make([]string, len(all))
	for i, o := range all {
		parts[i] = fmt.Sprintf("%s %d, %s %d", o.Name, o.Class, o.Does, o.Activity)
		if o.Field != "" {
			parts[i] += fmt.Sprintf(" (`%s`: `%s`)", o.Field, o.Value)
		}
	}
	return strings.Join(parts, "; ")
}
