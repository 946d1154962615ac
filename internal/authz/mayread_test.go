package authz_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
)

// reader is somebody whose role allows every resource, besides what it says more.
func reader(t *testing.T, template string, permissions ...authz.Permission) authz.Caller {
	t.Helper()
	rules := ruleFor("resource:*")
	rules.Roles[0].Permissions = append(rules.Roles[0].Permissions, permissions...)
	return admit(t, rules, "resource:"+template)
}

func denying(patterns ...string) authz.Permission {
	return authz.Permission{Effect: authz.Deny, Patterns: patterns}
}

func TestDenyHoldsForWhatATemplateMakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ deny, denied, not string }{
		{"resource:file:///secret/*", "file:///secret/a file:///secret/ file:///secret/a/b", "file:///public/a file:///secrets file:///secret file:///public/secret/a"},
		{"resource:file:///secret/*", "file:///secret%2Fa file:///SECRET/a FILE:///secret/a file:////secret/a file:///secret//a file:///secret%5Ca file:///%2Fsecret/a", ""},
		{"resource:file:///secret/*", "file:///secret%252Fa file:///secret%25252Fa file:///%2573ecret/a file:///%25%37%33ecret/a", "file:///secret%253Fa"},
		{"resource:file:///secret/*", "file://localhost/secret/a file://LOCALHOST/secret/a file:/secret/a", "file://remote/secret/a"},
		{"resource:file:///key", "file:///key file:///key/ file:///key?a file:///key#a file:///key/?a file:///key%3Fa file:///KEY", "file:///keys file:///key/a"},
		{"resource:https://db.example/pay/*", "https://db.example/pay/1 https://DB.example/pay/1 https://db.example:443/pay/1 https://db.example:/pay/1 https://x:y@db.example/pay/1 https://db.example./pay/1", "https://db.example:8443/pay/1 https://other.example/pay/1"},
		{"resource:mail://me@example.org/*", "mail://me@example.org/1 mail://ME@example.org/1", "mail://you@example.org/1"},
		{"resource:*/secret/*", "file:///a/secret/b db://x/secret/", "file:///a/secrets/b"},
		{"resource:file:///Caf%C3%A9/*", "file:///Caf%C3%A9/a file:///caf%C3%A9/a", "file:///cafe/a"},
		{"resource:file:///a%2Ab", "file:///a%2Ab file:///a*b", "file:///aXb"},
		{"resource:FILE:///Secret%2F*", "file:///secret/a", "file:///public/a"},
		{"notes_*", "", "file:///secret/a"},
		{"prompt:file", "", "file:///secret/a"},
	} {
		by := reader(t, "x:{+any}", denying(c.deny))
		for _, uri := range strings.Fields(c.denied) {
			if v := by.MaySee(0, uri); v != authz.Hidden {
				t.Errorf("%s: %s is %s", c.deny, uri, v)
			}
			if r := by.MayRead(0, uri, authz.Circumstances{Now: noon}); r.Verdict != authz.Hidden {
				t.Errorf("%s: a read of %s is %s", c.deny, uri, r.Verdict)
			}
		}
		for _, uri := range strings.Fields(c.not) {
			if v := by.MaySee(0, uri); v != authz.Allowed {
				t.Errorf("%s: %s is %s", c.deny, uri, v)
			}
		}
		if v := by.MaySee(1, "file:///public/a"); v != authz.Hidden {
			t.Errorf("another position is %s", v)
		}
	}
}

func TestConditionOfADenyIsAskedOfWhatATemplateMakes(t *testing.T) {
	t.Parallel()
	night := denying("resource:file:///secret/*")
	night.Condition = "context.time.getHours('UTC') < 6"
	by := reader(t, "file:///{+path}", night)
	for _, c := range []struct {
		uri      string
		hour     int
		see, may authz.Verdict
	}{
		{"file:///secret/a", 3, authz.Conditional, authz.Refused},
		{"file:///secret/a", 9, authz.Conditional, authz.Allowed},
		{"file:///secret%2Fa", 3, authz.Conditional, authz.Refused},
		{"file:///public/a", 3, authz.Allowed, authz.Allowed},
	} {
		at := time.Date(2026, 3, 1, c.hour, 0, 0, 0, time.UTC)
		if see, may := by.MaySee(0, c.uri), by.MayRead(0, c.uri, authz.Circumstances{Now: at}); see != c.see || may.Verdict != c.may {
			t.Errorf("%s at %d: %s, %s", c.uri, c.hour, see, may.Verdict)
		}
		e := by.Explain(authz.Question{Tool: "resource:" + c.uri, Through: "resource:file:///{+path}", Now: at})
		if e.Verdict != c.may {
			t.Errorf("%s at %d is explained as %s", c.uri, c.hour, e.Verdict)
		}
	}
	broken := denying("resource:file:///secret/*")
	broken.Condition = "args.x == 1" // which a read does not have
	if r := reader(t, "file:///{+path}", broken).MayRead(0, "file:///secret/a", authz.Circumstances{Now: noon}); r.Verdict != authz.Refused {
		t.Errorf("a deny that cannot be decided: %s", r.Verdict)
	}
}

func TestCompletionsAreToldWhereNothingIsDenied(t *testing.T) {
	t.Parallel()
	by := reader(t, "db://{table}/{row}", denying("resource:db://payroll/*"), denying("resource:https://db.example/secret/*"))
	for begin, all := range map[string]bool{
		"db://": false, "db://payroll/": false, "db://PAYROLL/": false, "db://pay": false, "db:/": false, "db://public/": true, "db://payrolls/": true,
		"file:///": true, "file://l": true, "https://": false, "https://x@db.example/": false, "https://x@": false, "https://db.example:443/secret/": false, "https://db.example/public/": true,
	} {
		if by.MaySeeAll(0, begin) != all {
			t.Errorf("%s: %t", begin, !all)
		}
	}
	if (authz.Caller{}).MaySeeAll(0, "db://public/") || by.MaySeeAll(1, "db://public/") {
		t.Error("what is hidden is told")
	}
}

func TestExplanationTellsOfBothNames(t *testing.T) {
	t.Parallel()
	by := reader(t, "file:///{+path}", denying("resource:file:///secret/*", "resource:file:///other"))
	ask := func(uri string) authz.Explanation {
		return by.Explain(authz.Question{Tool: "resource:" + uri, Through: "resource:file:///{+path}", Now: noon})
	}
	e := ask("file:///secret%2Fa")
	if e.Verdict != authz.Hidden || !e.Known || len(e.Grants) != 2 || strings.Join(e.Grants[1].Patterns, " ") != "resource:file:///secret/*" {
		t.Errorf("%+v", e)
	}
	if text := e.Text(); !strings.Contains(text, "It is read through resource:file:///{+path}, which has to be allowed; a deny of either holds.") {
		t.Error(text)
	}
	if e := ask("file:///public/a"); e.Verdict != authz.Allowed || len(e.Grants) != 1 {
		t.Errorf("%+v", e)
	}
	narrow := ruleFor("resource:file:///public/*") // of a name that nothing in the catalog has
	if e := admit(t, narrow, "resource:file:///{+path}").Explain(authz.Question{Tool: "resource:file:///public/a", Through: "resource:file:///{+path}", Now: noon}); e.Verdict != authz.Hidden || len(e.Grants) != 0 {
		t.Errorf("an allow of what a template makes: %+v", e)
	}
}

func TestReadingIsBounded(t *testing.T) {
	t.Parallel()
	by := reader(t, "x:{+any}", denying("resource:"+strings.Repeat("*a", 200)+"b"))
	start := time.Now()
	for range 1000 {
		by.MaySee(0, "x:%"+strings.Repeat("25", 500))
		by.MaySee(0, "x:"+strings.Repeat("a", 1000))
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("2000 decisions took %s", took)
	}
}
