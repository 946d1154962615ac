package search_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestAnExportThatReachesBelowWhatIsThereIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(300)
	conn, err := pgx.Connect(t.Context(), r.database.Superuser)
	must(t, err)
	_, err = conn.Exec(t.Context(), `UPDATE audit_heads SET first = 150, gone_until = (SELECT sealed_at FROM audit_records WHERE seq = 149);
		DELETE FROM audit_records WHERE seq < 150`)
	must(t, err)
	must(t, conn.Close(t.Context()))
	ask := func(f filter.Filter) error {
		_, _, err := r.Prepare(t.Context(), r.auditor, tenants.NewGUID(), search.Wanted{Format: search.Evidence, Completeness: search.Proven, Filter: f})
		return err
	}
	if err := ask(filter.Filter{From: begin}); fault.KindOf(err) != fault.Conflict || !strings.Contains(fault.Public(err), "begins with record 150") {
		t.Errorf("from before: %v", err)
	}
	must(t, ask(filter.Filter{From: r.all[299].At}))
	must(t, ask(filter.Filter{}))
}
