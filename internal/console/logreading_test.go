package console_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"gatehouse/internal/tenants"
)

// TestWhoReadsTheLogIsInIt reads it in each of the ways that show records, and then while
// nothing can be written down.
func TestWhoReadsTheLogIsInIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, l := r.as(t, r.person(r.contoso, tenants.Auditor)), r.ledgers[r.contoso.ID]
	ways := []string{logPath + "/records?tool=pay", logPath + "/records/" + l.record.String(), logPath + "/records/" + l.record.String() + "/receipt", ofContoso + "access"}
	for _, path := range ways {
		want(t, b.get(path), http.StatusOK)
	}
	if said := []string{`search {"tools":["pay"]}`, "record " + l.record.String() + " {}", "receipt " + l.record.String() + " {}", "access report {}"}; !slices.Equal(l.readings, said) {
		t.Errorf("on record are %q", l.readings)
	}
	l.unwritten = errors.New("the log cannot be written")
	for _, path := range ways {
		want(t, b.get(path), http.StatusInternalServerError)
	}
}
