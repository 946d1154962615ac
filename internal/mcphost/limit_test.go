package mcphost_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/limit"
	"gatehouse/internal/tenants"
)

// limit gives the bench's organization limits of its own.
func (b *bench) limit(t *testing.T, limits ...tenants.Limit) {
	t.Helper()
	own, err := limit.Compile(limits)
	if err != nil {
		t.Fatal(err)
	}
	snap := *b.snap
	snap.Limits = own
	b.snap = &snap
}

// TestOwnLimitsCountCallsOfEveryKind and nothing else, and what is refused is not
// asked of the source.
func TestOwnLimitsCountCallsOfEveryKind(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		pattern string
		call    ask
		kind    audit.Kind
	}{
		"tool":     {"notes_s*", ask{method: "tools/call", name: "notes_search", params: `"name":"notes_search","arguments":{}`}, audit.ToolCall},
		"prompt":   {"prompt:notes_summarize", ask{method: "prompts/get", name: "notes_summarize", params: `"name":"notes_summarize"`}, audit.PromptGet},
		"resource": {"resource:notes:*", ask{method: "resources/read", name: "notes://all", params: `"uri":"notes://all"`}, audit.ResourceRead},
		"template": {"resource:notes://note/{id}", ask{method: "resources/read", name: "notes://note/7", params: `"uri":"notes://note/7"`}, audit.ResourceRead},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := federate(t)
			b.limit(t, tenants.Limit{Name: "mine", Per: tenants.PerTool, Tool: row.pattern, PerDay: 2})
			for range 3 {
				for _, method := range []string{"tools/list", "prompts/list", "resources/list"} {
					b.modern(t, ask{method: method}).result(t)
				}
			}
			b.modern(t, row.call).result(t)
			b.modern(t, row.call).result(t)
			refused := b.modern(t, row.call)
			if refused.Code != http.StatusTooManyRequests || refused.Header().Get("Retry-After") == "" || !strings.Contains(refused.Body.String(), `limit \"mine\" is used up`) {
				t.Errorf("answers %d, Retry-After %q: %s", refused.Code, refused.Header().Get("Retry-After"), refused.Body)
			}
			if s.asked() != 2 {
				t.Errorf("the source was asked %d times", s.asked())
			}
			records := b.recordsOf(row.kind)
			if last := records[len(records)-1]; last.Outcome != audit.Failed || last.Reason != "limited" {
				t.Errorf("the refusal is recorded as %+v", last)
			}
			b.modern(t, ask{method: "tools/call", name: "pay", params: `"name":"pay","arguments":{}`}).result(t)
		})
	}
}

// TestOwnLimitDoesNotTellOfWhatIsHidden: it is asked once the call is allowed.
func TestOwnLimitDoesNotTellOfWhatIsHidden(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	b.limit(t, tenants.Limit{Name: "mine", Per: tenants.PerCaller, PerDay: 1})
	for range 3 { // attempts count for nothing
		b.modern(t, ask{method: "tools/call", name: "notes_secret", params: `"name":"notes_secret","arguments":{}`}).refused(t, -32602, "unknown tool")
		b.modern(t, ask{method: "prompts/get", name: "notes_confess", params: `"name":"notes_confess"`}).refused(t, -32602, "unknown prompt")
		b.modern(t, ask{method: "resources/read", name: "notes://hidden", params: `"uri":"notes://hidden"`}).refused(t, -32602, "no such resource")
	}
	pay := ask{method: "tools/call", name: "pay", params: `"name":"pay","arguments":{}`}
	b.modern(t, pay).result(t)
	if r := b.modern(t, pay); r.Code != http.StatusTooManyRequests {
		t.Errorf("answers %d %s", r.Code, r.Body)
	}
	b.modern(t, ask{method: "prompts/get", name: "notes_confess", params: `"name":"notes_confess"`}).refused(t, -32602, "unknown prompt")
}
