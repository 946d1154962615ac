package mcphost_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/secrets"
)

func (noMail) Cipher(context.Context, *secrets.OrgKey, authz.Identity) (audit.BodyCipher, error) {
	return nil, fault.New(fault.Internal, "there are no bodies")
}

func TestRedactedIsStructureAlone(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		pointers []string
		object   string
		want     string
	}{
		{
			"kinds and lengths", nil, `{"s":"sécret","n":-12.5e3,"t":true,"f":false,"z":null,"o":{"x":""},"l":["a",{"b":1}]}`,
			`{"s":"string(7)","n":"number","t":"boolean","f":"boolean","z":"null","o":{"x":"string(0)"},"l":["string(1)",{"b":"number"}]}`,
		},
		{
			"kept",
			[]string{"/a/b", "/c~1d", "/l/0"},
			`{"a":{"b":{"x": 12345678901234567890},"c":"s"},"c/d":"kept","l":["s"]}`,
			`{"a":{"b":{"x":12345678901234567890},"c":"string(1)"},"c/d":"kept","l":["string(1)"]}`,
		},
		{"in an array no pointer leads", []string{"/b"}, `{"a":[{"b":"s"}],"b":1}`, `{"a":[{"b":"string(1)"}],"b":1}`},
		{"nothing", []string{"/a"}, `{}`, `{}`},
		{"names are as they were", nil, `{"a\"b":1}`, `{"a\"b":"number"}`},
	} {
		if got := string(mcphost.Redact([]byte(row.object), row.pointers)); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func TestRedactedIsBounded(t *testing.T) {
	t.Parallel()
	long, err := json.Marshal(map[string]any{"list": make([]int, 100_000)})
	if err != nil {
		t.Fatal(err)
	}
	if got := mcphost.Redact(long, nil); len(got) < audit.BodyLimit || len(got) > audit.BodyLimit+100 {
		t.Errorf("%d bytes", len(got))
	}
	if got := string(mcphost.Redact([]byte(`{"a":"secret", x`), nil)); strings.Contains(got, "secret") || !strings.HasSuffix(got, `"unreadable"`) {
		t.Errorf("what is no JSON becomes %s", got)
	}
}
