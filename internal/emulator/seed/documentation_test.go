package seed_test

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator/seed"
)

func TestEveryKeyIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "\n### Keys\n")
	if !found {
		t.Fatal("docs/emulator.md has no section of keys")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	keys := map[string]bool{}
	collect(reflect.TypeFor[seed.Document](), keys)
	for key := range keys {
		if !strings.Contains(section, "`"+key+"`") {
			t.Errorf("docs/emulator.md does not mention `%s`", key)
		}
	}
	if len(keys) < 60 {
		t.Errorf("only %d keys were found", len(keys))
	}
}

// collect finds the keys of a type and of what it is made of.
func collect(of reflect.Type, keys map[string]bool) {
	switch {
	case of.Kind() == reflect.Slice:
		collect(of.Elem(), keys)
	case of.Kind() == reflect.Struct && of != reflect.TypeFor[time.Time]():
		for field := range of.Fields() {
			key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			keys[key] = true
			collect(field.Type, keys)
		}
	}
}

func TestPermissionsOfMicrosoftGraphAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "\n**Permissions of Microsoft Graph**")
	if !found {
		t.Fatal("docs/emulator.md does not list the permissions")
	}
	section, _, _ = strings.Cut(section, "\n**")
	graph := seed.FirstParty("")[0]
	var roles []string
	for _, r := range graph.AppRoles {
		roles = append(roles, r.Value)
	}
	for kind, permissions := range map[string][]string{"delegated": graph.Scopes, "application": roles} {
		if row := "\n| " + kind + " | `" + strings.Join(permissions, "`, `") + "` |\n"; !strings.Contains(section, row) {
			t.Errorf("docs/emulator.md lacks%s", row)
		}
	}
}

func TestExampleIsTaken(t *testing.T) {
	t.Parallel()
	const path = "../../../examples/emulator/tenants.yaml"
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	doc, err := seed.Read(path, file)
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Tenants) != 2 || doc.Entropy != "" {
		t.Errorf("it has %d tenants, and keys that follow from %q", len(doc.Tenants), doc.Entropy)
	}
}
