package demo_test

import (
	"io"
	"strings"
	"testing"

	"gatehouse/internal/demo"
	"gatehouse/internal/tenants"
)

func TestTamperingNeedsAPlatform(t *testing.T) {
	t.Parallel()
	err := demo.Tamper(t.Context(), t.TempDir(), demo.EditRow, tenants.MustSlug("fabrikam"), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "nothing has run on ") {
		t.Errorf("%v", err)
	}
}
