package parcel

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/proof"
)

// Access is what a report of access says about itself.
type Access struct {
	At            time.Time `json:"at"`
	Configuration struct {
		Since  time.Time `json:"since"`
		Record string    `json:"record"`
		Digest string    `json:"digest"`
	} `json:"configuration"`
}

// Handed is what the record of a report has in its field after: which report it was.
type Handed struct {
	At     time.Time `json:"at"`
	SHA256 string    `json:"sha256"` // of access.json, in hexadecimal
}

// What the record of a report has in its fields kind and detail.
const (
	handedKind   = "export"
	HandedDetail = "access"
)

// access reads the report.
func (v *verifier) access(content []byte) error {
	if err := json.Unmarshal(content, &v.Access); err != nil || v.Access.At.IsZero() {
		return wrong(AccessJSON, "it is no report of access")
	}
	digest := sha256.Sum256(content)
	v.digest, v.report = hex.EncodeToString(digest[:]), content
	return nil
}

// table compares the report with the same as a table.
func (v *verifier) table(content []byte) error {
	want, err := v.known.Table(v.report)
	if err != nil {
		return wrong(AccessJSON, "it is no report of access: "+err.Error())
	}
	if !bytes.Equal(content, want) {
		return wrong(AccessCSV, "it does not say what "+AccessJSON+" says")
	}
	return nil
}

// receipt verifies the evidence of one record, and returns that.
func (v *verifier) receipt(name string, in io.Reader) (evidence.Report, *told, error) {
	trust, record := v.trust, &told{}
	trust.Asked, trust.Checkpoint = evidence.Asked{One: true}, nil // what the reader holds the export is compared with, and this with the export
	if own, err := proof.ReadCheckpoint(v.trust.Checkpoint); trust.Origin == "" && err == nil {
		trust.Origin = own.Origin
	}
	trust.See = func(r proof.Record) {
		for _, f := range r.Fields {
			record.add(f)
		}
	}
	report, err := evidence.Verify(in, trust)
	if err != nil {
		return report, nil, err
	}
	if report.Wrong != nil {
		return report, nil, wrong(name, report.Wrong.Error())
	}
	v.others = append(v.others, report.Checkpoint)
	return report, record, nil
}

// told is what a record tells.
type told map[string]string

func (t *told) add(f proof.Field) {
	if *t == nil {
		*t = told{}
	}
	var text string
	if f.Value != nil && json.Unmarshal(f.Value, &text) == nil {
		(*t)[f.Name] = text
	}
}

// accessRecord looks up the report in the log.
func (v *verifier) accessRecord(name string, in io.Reader) error {
	report, record, err := v.receipt(name, in)
	if err != nil {
		return err
	}
	var handed Handed
	r := *record
	if r["kind"] != handedKind || r["detail"] != HandedDetail || json.Unmarshal([]byte(r["after"]), &handed) != nil {
		return wrong(name, "the record is not one of a report of access")
	}
	if handed.SHA256 != v.digest || !handed.At.Equal(v.Access.At) {
		return wrong(AccessJSON, "it is not the report that the log has on record")
	}
	v.Recorded, v.By = report.From, r["actor_name"]
	return nil
}

// configuration looks up in the log what the report rests on.
func (v *verifier) configuration(name string, in io.Reader) error {
	head := make([]byte, 1)
	if _, err := io.ReadFull(in, head); err != nil {
		v.Unfounded = true // there is nothing
		return nil         //nolint:nilerr // which is what the report says
	}
	report, record, err := v.receipt(name, io.MultiReader(bytes.NewReader(head), in))
	if err != nil {
		return err
	}
	r, c := *record, v.Access.Configuration
	at, err := time.Parse(time.RFC3339Nano, r["at"])
	switch {
	case r["id"] != c.Record:
		return wrong(name, "it is not the record that "+AccessJSON+" names")
	case c.Digest == "" || r["configuration"] != c.Digest:
		return wrong(AccessJSON, "it rests on another configuration than the log has on record")
	case err != nil || at.After(v.Access.At):
		return wrong(AccessJSON, "it rests on a configuration that there was not yet")
	}
	v.Founded, v.since = report.From, at
	return nil
}

// look looks for another configuration in the export.
func (v *verifier) look(r proof.Record) {
	var record told
	for _, f := range r.Fields {
		if f.Name == "at" || f.Name == "configuration" || f.Name == "id" {
			record.add(f)
		}
	}
	at, err := time.Parse(time.RFC3339Nano, record["at"])
	if err != nil {
		return
	}
	digest := record["configuration"]
	if digest == "" || v.Unfounded || digest == v.Access.Configuration.Digest || !at.After(v.since) || at.After(v.Access.At) || v.Later != "" {
		return
	}
	v.Later = fmt.Sprintf("it does not rest on what held at its time: record %d of the export, which is %s, brought another configuration before that", r.Seq, record["id"])
}
