package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// LogReader reads organizations' logs.
type LogReader interface {
	// Reading returns when it is on record that somebody is about to see records.
	Reading(ctx context.Context, by authz.Caller, what string, f filter.Filter) error
	Search(ctx context.Context, org tenants.ID, q search.Query) (search.Page, error)
	Count(ctx context.Context, org tenants.ID, c search.Census) (search.Counts, error)
	// Find returns a record, or NotFound; one that is not sealed yet is Unavailable.
	Find(ctx context.Context, org tenants.ID, id audit.ID) (search.Record, error)
	// Receipt writes the evidence of one record, or fails as Find does before it has
	// written anything.
	Receipt(ctx context.Context, org tenants.ID, id audit.ID, out io.Writer) error
	BodyReader
}

// LogFilter is the part of the input of every operation that looks for records. All
// conditions must hold; of one that is given more than once, any.
type LogFilter struct {
	From     time.Time      `query:"from" doc:"Made at this time or later, for instance 2026-03-01T00:00:00Z."`
	To       time.Time      `query:"to" doc:"Made before. Looked through is what was sealed up to an hour after it."`
	People   []tenants.GUID `query:"person,explode" doc:"Object ID of who acted, or of whom it is about."`
	Clients  []string       `query:"client,explode" doc:"Id of the AI client."`
	Tools    []string       `query:"tool,explode" doc:"Name of the tool as it was called."`
	Kinds    []string       `query:"kind,explode" doc:"What a record is about; docs/audit-events.md has the kinds."`
	Effects  []string       `query:"effect,explode" enum:"read,write,destructive" doc:"What running the tool does."`
	Outcomes []string       `query:"outcome,explode" enum:"ok,tool_error,refused,fault,unknown" doc:"How it ended."`
	Roles    []string       `query:"role,explode" doc:"Tool role that who acted held."`
	Text     string         `query:"text" doc:"Occurs in tool, target, detail, reason, the actor's name or the client's id, whatever the case."`
}

func (f LogFilter) filter() filter.Filter {
	return filter.Filter{
		From: f.From.UTC(), To: f.To.UTC(), People: f.People, Clients: f.Clients, Tools: f.Tools, Kinds: f.Kinds, Effects: f.Effects, Outcomes: f.Outcomes, Roles: f.Roles, Text: f.Text,
	}
}

// LogRecord is one record of an organization's log.
type LogRecord struct {
	Seq     int64                      `json:"seq" doc:"Its number, from 0 on. Numbers ascend as records are sealed."`
	Leaf    string                     `json:"leaf" doc:"Hash of the record in the log's tree, in base64."`
	Fields  map[string]json.RawMessage `json:"fields" doc:"What it says, by the names of docs/audit-events.md. Characters that cannot be seen are escaped."`
	Erased  []string                   `json:"erased,omitempty" doc:"Fields whose value was erased; that they were there stays provable."`
	Trouble search.Trouble             `json:"trouble,omitempty" enum:"unreadable,altered" doc:"Left out: none. altered: the stored record says something else than what was sealed. unreadable: it is not as it was stored, or its keys are not, and nobody knows whether it is one that was asked for."`
}

func logRecordOf(r search.Record) LogRecord {
	out := LogRecord{Seq: r.Seq, Leaf: r.Leaf.String(), Fields: make(map[string]json.RawMessage, len(r.Fields)), Trouble: r.Trouble}
	for _, f := range r.Fields {
		if f.Value == nil {
			out.Erased = append(out.Erased, f.Name)
			continue
		}
		out.Fields[f.Name] = escaped(f.Value)
	}
	return out
}

// LogPage is one page of records.
type LogPage struct {
	Items      []LogRecord `json:"items"`
	NextCursor string      `json:"nextCursor,omitempty" doc:"Goes on after the last record that was looked at; absent when there are no more. A page may be short, or empty, and still have one: a request looks through 20,000 records at most."`
	Sealed     int64       `json:"sealed" doc:"How many records the log has. What happened a moment ago is sealed within seconds."`
	SealedAt   *time.Time  `json:"sealedAt,omitempty" doc:"When the last of them was sealed."`
}

type (
	logSearchInput struct {
		InOrganization
		Paging
		LogFilter
	}
	recordInput struct {
		InOrganization
		ID string `path:"id" doc:"The record's id, as an answer carries it in gatehouse/record."`
	}
)

func (c *Console) logRecordRoutes(api huma.API) {
	const tag = "log"
	inside(c, api, tenants.Auditor, route{
		ID: "searchLog", Method: http.MethodGet, Path: "/log/records", Tag: tag, Summary: "Find records of the log",
		Description: "The last sealed first. A cursor stays good while records are added, and belongs to its filter.",
	}, c.searchLog)
	inside(c, api, tenants.Auditor, route{ID: "getRecord", Method: http.MethodGet, Path: "/log/records/{id}", Tag: tag, Summary: "Read one record of the log"}, c.getRecord)
	inside(c, api, tenants.Auditor, route{
		ID: "getReceipt", Method: http.MethodGet, Path: "/log/records/{id}/receipt", Tag: tag, Summary: "Prove that a record is in the log", Media: []string{ndjson},
		Description: "Evidence of this one record, as docs/audit-format.md describes it: gatehouse audit verify takes it, and gatehouse audit receipt asks for it and checks it.",
	}, c.getReceipt)
}

// place binds a cursor to what it goes on with.
func (f LogFilter) place(operation string) []byte {
	sum := sha256.Sum256(f.filter().AppendJSON([]byte(operation + "\x00")))
	return append([]byte("console "+operation+" "), sum[:]...)
}

// below returns where a cursor goes on; 0 without one.
func (c *Console) below(ctx context.Context, by Actor, cursor string, binding []byte) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	text, err := c.Cursors.OpenCursor(ctx, by.Org(), binding, cursor)
	if err != nil {
		return 0, fault.Wrap(fault.Invalid, badCursor, err)
	}
	return strconv.ParseInt(string(text), 10, 64)
}

// goesOn returns the cursor that goes on below a record; none at the end.
func (c *Console) goesOn(ctx context.Context, by Actor, below int64, binding []byte) (string, error) {
	if below == 0 {
		return "", nil
	}
	return c.Cursors.MakeCursor(ctx, by.Org(), binding, strconv.AppendInt(nil, below, 10))
}

func (c *Console) searchLog(ctx context.Context, by Actor, in *logSearchInput) (*Result[LogPage], error) {
	binding := in.place("searchLog")
	below, err := c.below(ctx, by, in.Cursor, binding)
	if err != nil {
		return nil, err
	}
	if below == 0 { // pages that follow are of the same reading
		if err := c.LogReader.Reading(ctx, by.Caller, "search", in.filter()); err != nil {
			return nil, err
		}
	}
	found, err := c.LogReader.Search(ctx, by.Org(), search.Query{Filter: in.filter(), Limit: in.Limit, Below: below})
	if err != nil {
		return nil, err
	}
	page := LogPage{Items: each(found.Records, logRecordOf), Sealed: found.Size, SealedAt: instant(found.SealedAt)}
	page.NextCursor, err = c.goesOn(ctx, by, found.Next, binding)
	return result(page), err
}

// record returns the id of a record. What is none cannot be there.
func (in *recordInput) record() (audit.ID, error) {
	id, err := audit.ParseID(in.ID)
	if err != nil {
		return audit.ID{}, fault.Wrap(fault.NotFound, "the log has no such record", err)
	}
	return id, nil
}

func (c *Console) getRecord(ctx context.Context, by Actor, in *recordInput) (*Result[LogRecord], error) {
	id, err := in.record()
	if err != nil {
		return nil, err
	}
	r, err := c.LogReader.Find(ctx, by.Org(), id)
	if err == nil {
		err = c.LogReader.Reading(ctx, by.Caller, "record "+id.String(), filter.Filter{})
	}
	if err != nil {
		return nil, err
	}
	return result(logRecordOf(r)), nil
}

func (c *Console) getReceipt(ctx context.Context, by Actor, in *recordInput) (*Streamed, error) {
	id, err := in.record()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer // a record and some hashes
	if err := c.LogReader.Receipt(ctx, by.Org(), id, &text); err != nil {
		return nil, err
	}
	if err := c.LogReader.Reading(ctx, by.Caller, "receipt "+id.String(), filter.Filter{}); err != nil {
		return nil, err
	}
	return streamed(ctx, c, in.visit, stream{ndjson, "receipt-" + in.ID + ".evidence.ndjson", func(_ context.Context, out io.Writer) error {
		_, err := text.WriteTo(out)
		return err
	}, func() {}}), nil
}
