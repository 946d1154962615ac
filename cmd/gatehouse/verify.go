package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"gatehouse/docs"
	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/parcel"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
	"gatehouse/internal/manage"
)

var verify = command{"verify", "check an export of a log, or an evidence package, offline: gatehouse audit verify FILE --key KEY", runVerify}

// What a verification comes to, beside that everything is proven; see report.
var (
	errWrong     = errors.New("something is wrong with the file")
	errUnchecked = errors.New("not everything could be checked")
)

// noVerdictError is a failure that says nothing about the file.
type noVerdictError struct{ cause error }

func (n noVerdictError) Error() string { return n.cause.Error() }
func (n noVerdictError) Unwrap() error { return n.cause }

// noVerdict is that of whatever kept a verification from its verdict.
func noVerdict(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return noVerdictError{err}
}

func runVerify(ctx context.Context, p process, args []string) error {
	var b brought
	var q question
	set := p.flags("audit verify")
	b.register(set)
	q.register(set)
	file, err := parseOne(set, args, "file")
	if err != nil {
		return noVerdict(err)
	}
	trust, err := p.trusted(b, set)
	if err != nil {
		return noVerdict(err)
	}
	if trust.Asked, err = q.asked(set); err != nil {
		return noVerdict(err)
	}
	in, err := p.open(file)
	if err != nil {
		return noVerdict(err)
	}
	found, err := verified(file, interruptible{ctx, in}, trust)
	if err = errors.Join(err, in.Close()); err != nil {
		return noVerdict(err)
	}
	if _, err := io.WriteString(p.out, found.String()); err != nil {
		return noVerdict(err)
	}
	return verdictOf(found)
}

// finding is what was found in a file.
type finding interface {
	String() string
	Verdict() evidence.Verdict
}

// verified verifies a file of evidence, or a package.
func verified(name string, in io.Reader, trust evidence.Trust) (finding, error) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	head, _ := buffered.Peek(len(zipBegins)) // what cannot be read is told by whoever verifies
	if string(head) == zipBegins || strings.HasSuffix(name, ".zip") {
		report, err := parcel.Verify(buffered, trust, known)
		return &report, err
	}
	report, err := evidence.Verify(buffered, trust)
	return &report, err
}

// zipBegins is what ZIPs begin with.
const zipBegins = "PK\x03\x04"

// known are the files of packages that this program has itself.
var known = parcel.Known{
	Files: map[string][]byte{parcel.Readme: parcel.ReadmeText, parcel.Format: docs.AuditFormat, parcel.Verifier: docs.Verifier}, Table: manage.AccessTable,
}

// listed is a flag that may be given more than once.
type listed []string

func (l *listed) String() string { return strings.Join(*l, " ") }

// Set implements flag.Value.
func (l *listed) Set(value string) error {
	*l = append(*l, value)
	return nil
}

// brought is what the reader relies on, as the command line has it.
type brought struct {
	keys               listed
	checkpoint, origin string
}

func (b *brought) register(set *flag.FlagSet) {
	set.Var(&b.keys, "key", "key of the log, or a file with one on each line; again for another")
	set.StringVar(&b.checkpoint, "checkpoint", "", "file with a checkpoint of the log that left the operator's hands")
	set.StringVar(&b.origin, "origin", "", "name of the log, as the first line of its checkpoints has it")
}

// question is what the file has to answer, as the command line has it.
type question struct {
	filter   string
	from, to int64
}

func (q *question) register(set *flag.FlagSet) {
	set.StringVar(&q.filter, "filter", "", "filter that you asked for, as JSON, as a report shows it; {} is that of every record")
	set.Int64Var(&q.from, "from", 0, "number of the first record that you asked for; with --to")
	set.Int64Var(&q.to, "to", 0, "number behind that of the last record that you asked for; with --from")
}

// asked reads it. What is not given is not compared.
func (q *question) asked(set *flag.FlagSet) (a evidence.Asked, err error) {
	given := givenIn(set)
	if given["filter"] {
		f, err := filter.Parse([]byte(q.filter))
		if err != nil {
			return a, fmt.Errorf("--filter: %s", fault.Public(err))
		}
		a.Filter = &f
	}
	if given["from"] != given["to"] || q.from < 0 || q.to < 0 {
		return a, errors.New("--from and --to are numbers of records, and are given together")
	}
	if given["from"] {
		a.Range = &evidence.Range{From: q.from, To: q.to}
	}
	return a, nil
}

// givenIn are the flags that the command line names.
func givenIn(set *flag.FlagSet) map[string]bool {
	given := map[string]bool{}
	set.Visit(func(f *flag.Flag) { given[f.Name] = true })
	return given
}

// trusted reads what the reader relies on. A flag that is given and empty, as of a
// variable that is not set, is not taken for one that is left out.
func (p process) trusted(b brought, set *flag.FlagSet) (t evidence.Trust, err error) {
	given := givenIn(set)
	if given["origin"] && b.origin == "" || given["checkpoint"] && b.checkpoint == "" {
		return t, errors.New("--origin and --checkpoint must not be empty; leave out what you do not have")
	}
	keys, checkpoint := b.keys, b.checkpoint
	t.Origin = b.origin
	if len(keys) == 0 {
		return t, errors.New("no key is given; give --key, as the organization's log page shows it")
	}
	for _, text := range keys {
		more, err := p.readKeys(text)
		if err != nil {
			return t, fmt.Errorf("--key: %w", err)
		}
		t.Keys = append(t.Keys, more...)
	}
	if checkpoint != "" {
		if t.Checkpoint, err = p.source.ReadFile(checkpoint); err != nil {
			return t, fmt.Errorf("--checkpoint: %w", err)
		}
	}
	return t, nil
}

// readKeys reads a key, or those of a file. What reads as a key is never a file:
// whoever made the file may have put another beside it that is named like the key.
func (p process) readKeys(text string) ([]proof.Key, error) {
	keys, wrong := parseKeys(text)
	if wrong == nil {
		return keys, nil
	}
	if _, err := os.Stat(text); err != nil {
		return nil, wrong
	}
	content, err := p.source.ReadFile(text)
	if err != nil {
		return nil, err
	}
	return parseKeys(string(content))
}

// parseKeys reads a key on each line.
func parseKeys(text string) (keys []proof.Key, err error) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		k, err := proof.ParseKey(line)
		if err != nil {
			return nil, errors.New(fault.Public(err))
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// open opens a file; - is the standard input.
func (p process) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(p.in), nil
	}
	return os.Open(name) //nolint:gosec // whoever runs the command names the file
}

// interruptible stops reading when ctx is done.
type interruptible struct {
	ctx context.Context //nolint:containedctx // it lives as long as one verification, whose reader knows no other way to stop
	in  io.Reader
}

func (r interruptible) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.in.Read(b)
}
