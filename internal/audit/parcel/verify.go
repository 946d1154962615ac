package parcel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/proof"
)

// Known is what whoever verifies knows by themselves.
type Known struct {
	Files map[string][]byte                             // README.txt, audit-format.md and verify.mjs, as they are
	Table func(accessJSON []byte) (csv []byte, _ error) // what access.csv has to be
}

// verifier is one pass over a package.
type verifier struct {
	Report
	*reader
	trust  evidence.Trust
	known  Known
	others []proof.Checkpoint // that the export is held against
}

// Verify reads a package to its end, or to the first thing wrong, which the report then
// names. What of trust asks a question is asked of the export. It returns an error when
// there is no verdict, as evidence.Verify does.
func Verify(in io.Reader, trust evidence.Trust, known Known) (Report, error) {
	v := verifier{reader: newReader(in), trust: trust, known: known}
	err := v.run()
	if w, ok := errors.AsType[*WrongError](err); ok {
		v.Wrong = w
		return v.Report, nil
	}
	return v.Report, err
}

func (v *verifier) run() error {
	takes := map[string]func(string, io.Reader) error{
		Readme: v.same, Format: v.same, Verifier: v.same,
		AccessJSON: v.whole(v.access), AccessCSV: v.whole(v.table), AccessRecord: v.accessRecord, Configuration: v.configuration,
		Origin: v.whole(v.origin), Keys: v.whole(v.keys), Checkpoint: v.whole(v.checkpoint),
		Export: v.export, Manifest: v.whole(v.manifest), Sums: v.whole(v.listed),
	}
	for _, name := range Members() {
		if err := v.member(name, func(in io.Reader) error { return takes[name](name, in) }); err != nil {
			return err
		}
	}
	return v.end()
}

// whole has take see a member in one piece.
func (v *verifier) whole(take func(content []byte) error) func(string, io.Reader) error {
	return func(_ string, in io.Reader) error {
		content, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		return take(content)
	}
}

// same looks whether a file that proves nothing is the one that is known. One that is
// not may be of another version, or of somebody who wants it to be run.
func (v *verifier) same(name string, in io.Reader) error {
	content, err := io.ReadAll(in)
	if err == nil && !bytes.Equal(content, v.known.Files[name]) {
		v.Foreign = append(v.Foreign, name)
	}
	return err
}

// export verifies the records.
func (v *verifier) export(_ string, in io.Reader) error {
	last := &lastLine{}
	trust := v.trust
	trust.Others, trust.See = v.others, v.look
	report, err := evidence.Verify(io.TeeReader(in, last), trust)
	if err != nil {
		return err
	}
	if report.Wrong != nil {
		return wrong(Export, report.Wrong.Error())
	}
	v.Export, v.Beside = report, len(v.others)
	v.manifested = last
	if v.Later != "" {
		return wrong(AccessJSON, v.Later)
	}
	return v.claimed()
}

// manifest compares the manifest that is there to be read with the one that was signed.
func (v *verifier) manifest(content []byte) error {
	if text, err := v.manifested.manifest(); err != nil || text != string(content) {
		return wrong(Manifest, "it is not the manifest of "+Export)
	}
	return nil
}

// listed compares the list of digests.
func (v *verifier) listed(content []byte) error {
	want := v.sums.String()
	if string(content) == want {
		return nil
	}
	said := strings.Split(string(content), "\n")
	for i, line := range strings.Split(want, "\n") {
		if i >= len(said) || said[i] != line {
			_, name, _ := strings.Cut(line, "  ")
			return wrong(Sums, fmt.Sprintf("it does not list %s as it is", name))
		}
	}
	return wrong(Sums, "it lists more than there is")
}

// lastLine keeps the last line of what is written to it.
type lastLine struct {
	kept  []byte
	ended bool
}

// manifest is what the last line of an export has signed.
func (l *lastLine) manifest() (string, error) {
	var line struct {
		Manifest string `json:"manifest"`
	}
	err := json.Unmarshal(l.kept, &line)
	if err == nil && line.Manifest == "" {
		err = errors.New("the last line is none")
	}
	return line.Manifest, err
}

func (l *lastLine) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if l.ended {
			l.kept, l.ended = l.kept[:0], false
		}
		at := bytes.IndexByte(p, '\n')
		line := p
		if at >= 0 {
			line, l.ended = p[:at], true
		}
		if len(l.kept)+len(line) <= evidence.MaxLine { // a longer one is wrong already
			l.kept = append(l.kept, line...)
		}
		if at < 0 {
			break
		}
		p = p[at+1:]
	}
	return n, nil
}
