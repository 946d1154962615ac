package chaos_test

import (
	"fmt"
	"slices"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/demo"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// ledger is an organization's log, by call, as far as it has been read.
type ledger struct {
	unlock     store.Unlock
	read       tenants.GUID // id of the last record
	records    int
	unreadable []string
	intents    map[string]entry // by the call they belong to
	outcomes   map[string]entry
}

// entry is what the checks need of a record.
type entry struct {
	kind   audit.Kind
	tool   string
	effect audit.Effect
}

// readLedger reads the whole log of a company, as its own role may.
func readLedger(t *testing.T, w *world, c demo.Company) *ledger {
	t.Helper()
	l := &ledger{unlock: w.box(t).Open, intents: map[string]entry{}, outcomes: map[string]entry{}}
	l.readOn(t, w.store, c)
	return l
}

// readOn reads what has been appended since.
func (l *ledger) readOn(t *testing.T, db *store.DB, c demo.Company) {
	t.Helper()
	must(t, db.Records(t.Context(), l.unlock, c.Org, l.read, func(r store.StoredRecord) error {
		l.read = r.ID
		l.add(r.ID.String(), r.Payload)
		return nil
	}))
}

func (l *ledger) add(id string, payload []byte) {
	l.records++
	r, err := audit.Decode(payload)
	if err != nil || r.ID.String() != id {
		l.unreadable = append(l.unreadable, fmt.Sprintf("record %s: %v", id, err))
		return
	}
	e := entry{r.Kind, r.Tool, r.Effect}
	switch r.Phase {
	case audit.Intent:
		l.intents[r.Call.String()] = e
	case audit.Result:
		l.outcomes[r.Call.String()] = e
	case audit.Instant:
	}
}

// complaints says what the log owes: an outcome for every result a client
// holds, an intent for every call that ran a tool not classed as read, and
// records that can be read.
func (l *ledger) complaints(receipts []receipt, ran []string) []string {
	all := slices.Clone(l.unreadable)
	for _, r := range receipts {
		outcome, ok := l.outcomes[r.record]
		switch {
		case !ok:
			all = append(all, fmt.Sprintf("result of %s names record %q, which has no outcome", r.tool, r.record))
		case outcome.tool != r.tool || outcome.kind != audit.ToolCall:
			all = append(all, fmt.Sprintf("record %s of a call of %s is of %s %q", r.record, r.tool, outcome.kind, outcome.tool))
		}
	}
	for _, call := range ran {
		if _, ok := l.intents[call]; !ok {
			all = append(all, fmt.Sprintf("call %q ran without an intent", call))
		}
	}
	for call, outcome := range l.outcomes {
		if _, ok := l.intents[call]; !ok && outcome.effect != "" && outcome.effect != audit.Read {
			all = append(all, fmt.Sprintf("outcome %s of effect %s has no intent", call, outcome.effect))
		}
	}
	return all
}

// check reports every complaint.
func (l *ledger) check(t *testing.T, receipts []receipt, ran []string) {
	t.Helper()
	for _, complaint := range l.complaints(receipts, ran) {
		t.Error(complaint)
	}
}

// open returns how many calls began and left no outcome.
func (l *ledger) open() int {
	n := 0
	for call := range l.intents {
		if _, ok := l.outcomes[call]; !ok {
			n++
		}
	}
	return n
}
