package manage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/parcel"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/tenants"
)

// Package asks for an evidence package.
type Package struct {
	Export LogExport         // of evidence
	Access AccessQuestion    // the report beside it
	Files  map[string][]byte // what every package has
}

// handedOut is a report of access that is on record.
type handedOut struct {
	ID   tenants.GUID `json:"id"`
	Text string       `json:"text"`
}

// WritePackage writes a package: first what the export is held against, so that the
// export can be compared with all of it. It waits for the records of both to be sealed.
func WritePackage(ctx context.Context, c *Client, p Package, out io.WriteSeeker) (Exported, error) {
	handed, err := c.handOut(ctx, p.Access)
	if err != nil {
		return Exported{}, err
	}
	b, err := c.beside(ctx, handed)
	if err != nil {
		return Exported{}, err
	}
	w := parcel.NewWriter(out)
	for _, m := range []struct {
		name    string
		content []byte
	}{
		{parcel.Readme, p.Files[parcel.Readme]},
		{parcel.Format, p.Files[parcel.Format]},
		{parcel.Verifier, p.Files[parcel.Verifier]},
		{parcel.AccessJSON, []byte(handed.Text)},
		{parcel.AccessCSV, b.table},
		{parcel.AccessRecord, b.record},
		{parcel.Configuration, b.configuration},
		{parcel.Origin, []byte(b.head.Origin + "\n")},
		{parcel.Keys, []byte(b.head.KeyLines())},
		{parcel.Checkpoint, []byte(b.head.Checkpoint)},
	} {
		if err := w.Put(m.name, m.content); err != nil {
			return Exported{}, err
		}
	}
	p.Export.Format, p.Export.Checkpoints = "evidence", append(p.Export.Checkpoints, b.sizes...)
	var made Exported
	err = w.AddExport(func(out io.Writer) (err error) {
		made, err = ExportLog(ctx, c, p.Export, out)
		return err
	})
	if err != nil {
		return Exported{}, err
	}
	return made, w.Close()
}

func (c *Client) handOut(ctx context.Context, q AccessQuestion) (h handedOut, err error) {
	body := map[string]any{}
	if !q.At.IsZero() {
		body["at"] = q.At.UTC().Format(time.RFC3339Nano)
	}
	for name, value := range map[string]string{"tool": q.Tool, "client": q.Client} {
		if value != "" {
			body[name] = value
		}
	}
	if len(q.People) > 0 {
		body["people"] = q.People
	}
	answer, err := c.exchange(ctx, call{method: http.MethodPost, path: "access/reports", body: body})
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(answer.Body, &h); err != nil || h.Text == "" {
		return h, c.strange("has answered with no report of access", err)
	}
	return h, nil
}

// AccessTable is a report of access as a table.
func AccessTable(report []byte) ([]byte, error) {
	var r AccessReport
	if err := json.Unmarshal(report, &r); err != nil {
		return nil, fmt.Errorf("read report of access: %w", err)
	}
	var b bytes.Buffer
	err := r.WriteCSV(&b)
	return b.Bytes(), err
}

// beside is what lies beside an export.
type beside struct {
	table, record, configuration []byte
	head                         LogHead
	sizes                        []int64 // of the log, in the checkpoints of all of it
}

func (c *Client) beside(ctx context.Context, handed handedOut) (b beside, err error) {
	var report parcel.Access
	if err := json.Unmarshal([]byte(handed.Text), &report); err != nil {
		return b, c.strange("has answered with no report of access", err)
	}
	if b.table, err = AccessTable([]byte(handed.Text)); err != nil {
		return b, c.strange("has answered with no report of access", err)
	}
	id, err := c.recordOf(ctx, handed.ID)
	if err != nil {
		return b, err
	}
	if b.record, err = Receipt(ctx, c, id); err != nil {
		return b, err
	}
	b.configuration, err = Receipt(ctx, c, report.Configuration.Record)
	if refused, ok := errors.AsType[*RefusedError](err); ok && refused.Status == http.StatusNotFound { // its time was over
		b.configuration, err = nil, nil
	}
	if err != nil {
		return b, err
	}
	if b.head, err = ReadLogHead(ctx, c); err != nil {
		return b, err
	}
	return b, b.measure(c)
}

// measure notes how large the log is in each checkpoint.
func (b *beside) measure(c *Client) error {
	checkpoints := [][]byte{[]byte(b.head.Checkpoint)}
	for _, receipt := range [][]byte{b.record, b.configuration} {
		if len(receipt) == 0 {
			continue
		}
		header, err := evidence.Read(bytes.NewReader(receipt), func(proof.Record) error { return nil })
		if err != nil {
			return c.strange("has answered with no evidence of a record", err)
		}
		checkpoints = append(checkpoints, header.Checkpoint)
	}
	for _, signed := range checkpoints {
		at, err := proof.ReadCheckpoint(signed)
		if err != nil {
			return c.strange("has answered with no checkpoint", err)
		}
		b.sizes = append(b.sizes, at.Size)
	}
	return nil
}

// recordOf finds the record of a report by the report's id, which its target names. It
// waits a while for one that is not sealed yet.
func (c *Client) recordOf(ctx context.Context, id tenants.GUID) (string, error) {
	within, cancel := context.WithTimeout(ctx, untilSealed)
	defer cancel()
	query := url.Values{"kind": {"export"}, "text": {id.String()}, "limit": {"1"}}
	for {
		answer, err := c.exchange(ctx, call{method: http.MethodGet, path: "log/records", query: query})
		if err != nil {
			return "", err
		}
		var page logPage
		if err := json.Unmarshal(answer.Body, &page); err != nil {
			return "", c.strange("has answered with no records", err)
		}
		for _, r := range page.Items {
			var found string
			if err := json.Unmarshal(r.Fields["id"], &found); err == nil {
				return found, nil
			}
		}
		if err := pause(within, time.Second); err != nil {
			return "", errors.Join(errors.New("the record of the report of access is not sealed yet; is the worker running? try again"), ctx.Err())
		}
	}
}
