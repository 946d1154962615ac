package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

func TestMisspelledMemberIsToldWhatItWasMeantToBe(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	for body, want := range map[string][3]string{ // collection, location, and the member meant
		`{"name":"a","url":"https://a.example/mcp","timeout":30}`:                             {"sources", "body.timeout", "timeoutSeconds"},
		`{"name":"a","url":"https://a.example/mcp","timeoutSecond":30}`:                       {"sources", "body.timeoutSecond", "timeoutSeconds"},
		`{"name":"a","url":"https://a.example/mcp","titles":"A"}`:                             {"sources", "body.titles", "title"},
		`{"name":"a","url":"https://a.example/mcp","namingOfTools":"bare"}`:                   {"sources", "body.namingOfTools", "naming"},
		`{"name":"a","url":"https://a.example/mcp","colour":"blue"}`:                          {"sources", "body.colour", ""},
		`{"name":"a","url":"https://a.example/mcp","schema":"x"}`:                             {"sources", "body.schema", ""},
		`{"name":"a","url":"https://a.example/mcp","":"x"}`:                                   {"sources", "body.", ""},
		`{"name":"a","per":"caller","rate":{"calls":1,"every":"minute","bursts":1}}`:          {"limits", "body.rate.bursts", "burst"},
		`{"name":"a","permissions":[{"effect":"allow","patterns":["*"]},{"effects":"deny"}]}`: {"roles", "body.permissions[1].effects", "effect"},
	} {
		w := b.send(http.MethodPost, ofContoso+want[0], body, nil)
		var p console.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
			continue
		}
		told := false
		for _, e := range p.Errors {
			if e.Location != want[1] {
				continue
			}
			told = true
			if ends := want[2] == "" && !strings.Contains(e.Message, "did you mean") || want[2] != "" && strings.HasSuffix(e.Message, "; did you mean "+want[2]+"?"); !ends {
				t.Errorf("%s: %s", body, e.Message)
			}
		}
		if !told {
			t.Errorf("%s: %s", body, w.Body)
		}
	}
}

// TestManyMisspelledMembersCostLittle: looking for what is close takes time.
func TestManyMisspelledMembersCostLittle(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	var body strings.Builder
	body.WriteString(`{"name":"a","url":"https://a.example/mcp"`)
	for i := range 500 {
		fmt.Fprintf(&body, `,"title%d":1`, i)
	}
	w := b.send(http.MethodPost, ofContoso+"sources", body.String()+"}", nil)
	if n := strings.Count(w.Body.String(), "did you mean title?"); w.Code != http.StatusUnprocessableEntity || n != 20 {
		t.Errorf("%d, %d suggestions", w.Code, n)
	}
}
