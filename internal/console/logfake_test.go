package console_test

import (
	"context"
	"io"
	"strings"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// recordOf is a record of a log that says a few things.
func recordOf(seq int64, id tenants.GUID, fields map[string]string) search.Record {
	r := proof.Record{Seq: seq, Leaf: proof.Hash{byte(seq)}}
	fields["id"] = `"` + id.String() + `"`
	for _, name := range []string{"actor_name", "id", "kind"} {
		if value, there := fields[name]; there {
			f := proof.Field{Name: name, Hash: proof.Hash{1}}
			if value != "" {
				f.Value = []byte(value)
			}
			r.Fields = append(r.Fields, f)
		}
	}
	return search.Record{Record: r}
}

// ledger is what of an organization's log the fake gives out, and what it was asked.
type ledger struct {
	head     seal.Head
	keys     []seal.LogKey
	record   tenants.GUID
	queries  []search.Query
	censuses []search.Census
	page     search.Page
	counts   search.Counts
	wanted   []search.Wanted
	after    []int64
	content  string
	broken   error // after the content
	closed   int
	readings []string

	unwritten error // why a reading is not on record
}

func newLedger() *ledger {
	id := tenants.NewGUID()
	return &ledger{
		record: id, page: search.Page{Records: []search.Record{recordOf(7, id, map[string]string{"kind": `"tool_call"`, "actor_name": ""})}, Size: 8, SealedAt: start},
		counts: search.Counts{In: map[time.Time]int64{start: 3, start.Add(-24 * time.Hour): 2}, Size: 8, SealedAt: start}, content: "seq\r\n",
	}
}

func (m *memory) Reading(_ context.Context, by authz.Caller, what string, f filter.Filter) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.ledgers[by.Org()]
	if l.unwritten != nil {
		return l.unwritten
	}
	l.readings = append(l.readings, what+" "+string(f.AppendJSON(nil)))
	m.wrote = append(m.wrote, by)
	return nil
}

func (m *memory) Search(_ context.Context, org tenants.ID, q search.Query) (search.Page, error) {
	l := m.ledgers[org]
	l.queries = append(l.queries, q)
	return l.page, nil
}

func (m *memory) Count(_ context.Context, org tenants.ID, c search.Census) (search.Counts, error) {
	l := m.ledgers[org]
	l.censuses = append(l.censuses, c)
	return l.counts, nil
}

func (m *memory) Find(_ context.Context, org tenants.ID, id audit.ID) (search.Record, error) {
	l := m.ledgers[org]
	if id.String() != l.record.String() {
		return search.Record{}, fault.New(fault.NotFound, "the log has no such record")
	}
	return l.page.Records[0], nil
}

func (m *memory) Receipt(ctx context.Context, org tenants.ID, id audit.ID, out io.Writer) error {
	_, err := m.Find(ctx, org, id)
	if err == nil {
		_, err = io.WriteString(out, "{}\n")
	}
	return err
}

func (m *memory) Prepare(_ context.Context, by authz.Caller, id tenants.GUID, w search.Wanted) (search.Export, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.ledgers[by.Org()]
	l.wanted, m.wrote = append(l.wanted, w), append(m.wrote, by)
	return search.Export{ID: id, Wanted: w, From: 2, To: 8, SealedAt: start}, tokenOf(by.Org()), nil
}

func tokenOf(org tenants.ID) string { return "export of " + org.String() }

func (m *memory) Open(_ context.Context, by authz.Caller, token string, after int64) (*search.Content, error) {
	l := m.ledgers[by.Org()]
	if token != tokenOf(by.Org()) {
		return nil, fault.New(fault.NotFound, "there is no such export")
	}
	l.after = append(l.after, after)
	w := search.Wanted{Format: search.CSV}
	if len(l.wanted) > 0 {
		w = l.wanted[len(l.wanted)-1]
	}
	return &search.Content{Export: search.Export{Wanted: w, At: start}, Write: func(_ context.Context, out io.Writer) error {
		for piece := range strings.SplitAfterSeq(l.content, "\n") {
			if _, err := io.WriteString(out, piece); err != nil {
				return err
			}
		}
		return l.broken
	}, Close: func() { l.closed++ }}, nil
}
