package manage_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/manage"
	"gatehouse/internal/manage/managetest"
)

const archive = "sinks: [{name: archive, kind: storage, url: 'https://contoso.blob.core.windows.net/log', from: {env: NOTES}}]\n"

func TestSecretOfASinkGoesAfterIt(t *testing.T) {
	t.Parallel()
	s := managetest.New(t, contoso(), "search")
	outcome, said := applied(t, s, withSecret(t, archive))
	if outcome != manage.Applied || s.Secret() != "secret of NOTES" {
		t.Errorf("outcome %d, secret %q: %s", outcome, s.Secret(), said)
	}
	log := s.Log()
	if patch := slices.IndexFunc(log, func(l string) bool { return strings.HasPrefix(l, "PATCH") }); patch < 0 || !strings.HasSuffix(log[len(log)-1], "sinks/archive/credential") {
		t.Errorf("the requests are %q", log)
	}
	if sink := s.State().Access.Sinks[0]; sink.Secret.IsZero() {
		t.Errorf("%+v", sink)
	}
	if outcome, said = applied(t, s, withSecret(t, archive)); outcome != manage.Unchanged {
		t.Errorf("applying it again: outcome %d: %s", outcome, said)
	}
}

// TestSecretOfASinkIsSentWhenItIsDue says for each change whether it is.
func TestSecretOfASinkIsSentWhenItIsDue(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		when manage.Renewal
		sent bool
	}{
		"nothing":             {archive, manage.WhenItChanges, false},
		"asked for":           {archive, manage.Always, true},
		"asked for elsewhere": {strings.Replace(archive, ", from: {env: NOTES}", "", 1), manage.Always, false},
		"another pace":        {strings.Replace(archive, "kind:", "every: 2h, kind:", 1), manage.WhenItChanges, false},
		"another host":        {strings.Replace(archive, "contoso.blob", "other.blob", 1), manage.WhenItChanges, true},
		"another container":   {strings.Replace(archive, "/log", "/other", 1), manage.WhenItChanges, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := managetest.New(t, contoso(), "search")
			applied(t, s, withSecret(t, archive))
			before := s.State().Access.Sinks[0].Secret
			a := withSecret(t, c.text)
			a.Renewal = c.when
			_, said := applied(t, s, a)
			if now := s.State().Access.Sinks[0].Secret; (now != before) != c.sent || now.IsZero() {
				t.Errorf("the secret is %s, was %s: %s", now, before, said)
			}
		})
	}
}

func TestSecretOfASinkThatIsNotThereStopsEverything(t *testing.T) {
	t.Parallel()
	for text, word := range map[string]string{
		strings.Replace(archive, "env: NOTES", "env: NOT_SET", 1):       "NOT_SET is not set",
		strings.Replace(archive, "env: NOTES", "file: /none/at/all", 1): "no such file",
	} {
		s := managetest.New(t, contoso(), "search")
		_, err := manage.Apply(t.Context(), client(t, s.URL), withSecret(t, text), &strings.Builder{})
		if err == nil || !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), "sinks[0]") || len(s.State().Access.Sinks) > 0 {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func TestDryRunSendsNoSecretOfASink(t *testing.T) {
	t.Parallel()
	s := managetest.New(t, contoso(), "search")
	a := withSecret(t, archive)
	a.Effort = manage.Try
	if outcome, _ := applied(t, s, a); outcome != manage.Pending || s.Secret() != "" || len(s.State().Access.Sinks) > 0 {
		t.Errorf("outcome %d, secret %q", outcome, s.Secret())
	}
}

func TestASinkThatIsNotThereGetsNoSecret(t *testing.T) {
	t.Parallel()
	s := managetest.New(t, contoso(), "search")
	if err := client(t, s.URL).PutSinkSecret(t.Context(), "nowhere", "secret"); err == nil || !strings.Contains(err.Error(), `sink "nowhere" does not exist`) {
		t.Errorf("%v", err)
	}
}
