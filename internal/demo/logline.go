package demo

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"gatehouse/internal/audit"
)

// printRecords prints encoded records, one a line.
func printRecords(payloads [][]byte, q LogQuery, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, payload := range payloads {
		line := string(payload)
		if !q.Whole {
			r, err := audit.Decode(payload)
			if err != nil {
				return fmt.Errorf("read record: %w", err)
			}
			line = short(r)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return w.Flush()
}

// short is what matters of a record, in columns: when, who, of which kind, about
// what, how it ended and why, and the record's id.
func short(r audit.Record) string {
	kind := string(r.Kind)
	if r.Phase == audit.Intent {
		kind += " begins"
	}
	ending := string(r.Outcome)
	if r.Count > 0 {
		ending = strings.TrimSpace(ending + " " + strconv.FormatInt(r.Count, 10) + " " + counted(r.Kind))
	}
	if r.Reason != "" {
		ending += ": " + r.Reason
	}
	return r.At.Format("2006-01-02 15:04:05") + "\t" + cmp.Or(r.Actor.Name, r.Actor.Kind, r.Source) + "\t" + kind + "\t" +
		about(r) + "\t" + ending + "\t" + r.ID.String()
}

// counted is what records of a kind count.
func counted(k audit.Kind) string {
	switch k { //nolint:exhaustive // the others count nothing
	case audit.RefusalSummary:
		return "times"
	case audit.List:
		return "listed"
	case audit.Export, audit.Retention, audit.Erasure:
		return "records"
	}
	return "counted"
}

// about is what a record is about, and how.
func about(r audit.Record) string {
	switch {
	case r.Tool != "":
		return r.Tool
	case r.Target != "" && r.Detail != "":
		return r.Target + ": " + r.Detail
	}
	return cmp.Or(r.Target, r.Detail, r.Endpoint)
}
