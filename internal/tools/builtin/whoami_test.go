package builtin_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
)

// me is the structure of whoami's answer.
type me struct {
	Name, Kind, TenantID, ObjectID, Client string
	Delegated                              bool
	Roles                                  []string
	Membership                             struct {
		Source     string
		AgeSeconds int
	}
}

func TestWhoamiTellsWhoTheCallerIs(t *testing.T) {
	t.Parallel()
	r := call(t, all(&entra{})["whoami"], alice(t, "Alice"), "{}")
	var got me
	if err := json.Unmarshal(r.Structured, &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != "Alice" || got.Kind != "user" || !got.Delegated || got.Client != "aebc6443-996d-45c2-90f0-388ff96faa56" ||
		got.TenantID != "44444444-4444-4444-8444-444444444444" || got.ObjectID != "33333333-3333-4333-8333-333333333333" ||
		strings.Join(got.Roles, "|") != `staff|finance "A"` || got.Membership.Source != "token" || got.Membership.AgeSeconds != 90 {
		t.Errorf("whoami = %+v", got)
	}
	want := `You are Alice (user, object ID 33333333-3333-4333-8333-333333333333) of directory 44444444-4444-4444-8444-444444444444, ` +
		`calling through the AI app aebc6443-996d-45c2-90f0-388ff96faa56. Tool roles: staff, finance "A". ` +
		`Group memberships: from the access token, 90 seconds old.`
	if r.text() != want {
		t.Errorf("text:\n%s\nwant:\n%s", r.text(), want)
	}
}

func TestWhoamiOfAnAppWithoutRolesAndGroups(t *testing.T) {
	t.Parallel()
	policy, err := authz.Compile(authz.Rules{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	by := policy.Admit(authz.Identity{Kind: authz.App, Name: "robot", Client: "c"}, authz.Membership{Source: authz.SourceNone, At: now.Add(-time.Hour)}, now)
	r := call(t, all(&entra{})["whoami"], by, "{}")
	if !strings.Contains(string(r.Structured), `"roles":[],"membership":{"source":"none","ageSeconds":0}`) ||
		!strings.HasSuffix(r.text(), "Tool roles: none. No group decides anything here.") {
		t.Errorf("%s\n%s", r.Structured, r.text())
	}
}

func TestHostileNamesStayOneJSONString(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		`","isError":true,"x":"`, "\\", "\\u0022", "line\nbreak\r\t\x00\x1f\x7f", "</script><!--", "\u2028\u2029", "🦊 e\u0301 \ufeff",
		"\xff\xfe bad \xc3", "\xed\xa0\x80", strings.Repeat(`"`, 5000), "",
	} {
		r := call(t, all(&entra{})["whoami"], alice(t, name), "{}")
		var got me
		if err := json.Unmarshal(r.Structured, &got); err != nil {
			t.Fatal(err)
		}
		want := strings.ToValidUTF8(name, "\ufffd")
		if got.Name != want && !strings.Contains(got.Name, "\ufffd") {
			t.Errorf("name %q came back as %q", name, got.Name)
		}
		if !strings.Contains(r.text(), got.Name) {
			t.Errorf("text of %q: %q", name, r.text())
		}
	}
}

func TestWhoamiAndDiceEncodeWithoutReflection(t *testing.T) {
	by := alice(t, "Alice")
	for name, most := range map[string]float64{"whoami": 14, "roll_dice": 8} {
		tool := all(&entra{})[name]
		c := tools.Call{Arguments: []byte("{}"), Now: now}
		allocs := testing.AllocsPerRun(100, func() {
			if _, err := tool.Invoker.Invoke(t.Context(), by, c); err != nil {
				t.Fatal(err)
			}
		})
		if allocs > most {
			t.Errorf("%s: %.0f allocations, want at most %.0f", name, allocs, most)
		}
	}
}
