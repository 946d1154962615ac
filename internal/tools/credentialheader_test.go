package tools_test

import (
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

func TestHeadersThatACredentialCanBe(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Authorization", "X-Api-Key", "x", "apikey", "!#$%&'*+.^_`|~-", strings.Repeat("x", tools.MaxHeaderName)} {
		if err := tools.CheckCredentialHeader(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	names, beginnings := tools.RequestHeaders()
	for _, b := range beginnings {
		names = append(names, b+"anything", b)
	}
	for _, name := range names {
		for _, spelled := range []string{name, strings.ToUpper(name)} {
			if err := tools.CheckCredentialHeader(spelled); fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Public(err), "request itself") {
				t.Errorf("%s: %v", spelled, err)
			}
		}
	}
	for _, name := range []string{"", "X Key", "X-Key:", "X-Kéy", "X\r\nY", "x/y", "{x}", strings.Repeat("x", tools.MaxHeaderName+1)} {
		if err := tools.CheckCredentialHeader(name); fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Public(err), "no name of a header") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestValuesThatAHeaderCanCarry(t *testing.T) {
	t.Parallel()
	if err := tools.CheckCredentialValue("Basic YTpi ~!"); err != nil {
		t.Error(err)
	}
	for _, value := range []string{"secret\n", "secret\r\nHost: x", "secret\t", "sécret", "secret\x7f", "secret\x00"} {
		if err := tools.CheckCredentialValue(value); fault.KindOf(err) != fault.Invalid || strings.Contains(err.Error(), "cret") {
			t.Errorf("%q: %v", value, err)
		}
	}
}
