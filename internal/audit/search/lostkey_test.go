package search_test

import (
	"strings"
	"testing"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/audit/search"
)

// TestAfterALostKeyEvidenceBeginsWithTheNext: whoever knows that one is proven the whole
// log, and whoever knows the lost one alone is not told that it named anybody.
func TestAfterALostKeyEvidenceBeginsWithTheNext(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(5)
	r.keys.Number.Store(1)
	r.keys.Lost.Store(1)
	r.write(5)
	r.keys.Number.Store(2)
	r.write(5)
	_, token := r.export(search.Wanted{Format: search.Evidence, Completeness: search.Proven})
	file := r.content(token, search.All)
	for _, number := range []int32{1, 2} { // the second follows the first
		if report := verifyUnder(t, file, sealtest.Signer(number).Key); report.Wrong != nil || report.To != 18 {
			t.Errorf("key %d: %+v", number, report.Wrong)
		}
	}
	if report := verifyUnder(t, file, sealtest.Signer(0).Key); report.Wrong == nil {
		t.Error("the lost key proves what another has signed")
	}
	if report := verifyUnder(t, file, sealtest.Signer(0).Key, sealtest.Signer(1).Key); report.Wrong != nil {
		t.Errorf("both keys: %+v", report.Wrong)
	}
}

func verifyUnder(t *testing.T, file string, keys ...proof.Key) evidence.Report {
	t.Helper()
	report, err := evidence.Verify(strings.NewReader(file), evidence.Trust{Keys: keys})
	must(t, err)
	return report
}
