package parcel_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/parcel"
	"gatehouse/internal/fault"
)

func TestPackageIsProvenWhole(t *testing.T) {
	t.Parallel()
	l := newLog(t, 1)
	r := verified(t, l.kit().pack(t), l.trust())
	for _, want := range []string{
		"package:  13 files, as a package has them", "make sure that you have them from elsewhere", "access:   as of 2026-03-01T08:30:00Z\n",
		"proven: record 20 of the log says that exactly this report was handed out, made for Dan<202e>\n", "the one that record 5 of the log names",
		"not checked: that the report follows from that configuration", "matching: 21 of 21 records",
		"\nPROVEN: the export, of every record of all 21; the report of access is the one on record\n",
	} {
		if !strings.Contains(r.String(), want) {
			t.Errorf("there is no %q:\n%s", want, r.String())
		}
	}
	if r.Verdict() != evidence.Proven || strings.Contains(r.String(), "no other configuration") {
		t.Errorf("%s", r.String())
	}
}

// TestOtherProgramsUnpackIt, and see the same files, none of which leads anywhere.
func TestOtherProgramsUnpackIt(t *testing.T) {
	t.Parallel()
	k := newLog(t, 1).kit()
	content := k.pack(t)
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	must(t, err)
	for i, name := range parcel.Members() {
		f := z.File[i]
		in, err := f.Open()
		must(t, err)
		is, err := io.ReadAll(in) // which compares the checksum
		must(t, err)
		if f.Name != name || !f.Mode().IsRegular() || strings.ContainsAny(name, "/\\") || k[name] != nil && !bytes.Equal(is, k[name]) {
			t.Errorf("file %d is %s, %s", i, f.Name, f.Mode())
		}
	}
	if again := k.pack(t); len(z.File) != len(parcel.Members()) || !bytes.Equal(again, content) {
		t.Error("the same members make another package")
	}
}

// TestSoundPackageSaysWhatItCouldNotCheck.
func TestSoundPackageSaysWhatItCouldNotCheck(t *testing.T) {
	t.Parallel()
	l := newLog(t, 1)
	size := int64(len(l.records))
	for name, c := range map[string]struct {
		change func(kit)
		trust  func(*evidence.Trust)
		says   string
	}{
		"another README":     {func(k kit) { k[parcel.Readme] = []byte("Run verify.mjs.\n") }, nil, "not checked: README.txt is not the one"},
		"another verifier":   {func(k kit) { k[parcel.Verifier] = []byte("console.log('PROVEN')\n") }, nil, "not checked: verify.mjs is not the one"},
		"no configuration":   {func(k kit) { k[parcel.Configuration] = nil }, nil, "not checked: what the report rests on"},
		"no checkpoint held": {func(kit) {}, func(t *evidence.Trust) { t.Checkpoint, t.Origin = nil, l.origin }, "NOT ANCHORED"},
		"stop left out": {func(k kit) {
			k[parcel.Checkpoint] = l.checkpoint(7)
			k[parcel.Export] = l.evidence(9, size, filter.Filter{From: begin.Add(9 * 60e9)})
		}, nil, "of 3 checkpoints beside the export, 1 could not be held against it"},
	} {
		k, trust := l.kit(), l.trust()
		c.change(k)
		if c.trust != nil {
			c.trust(&trust)
		}
		r := verified(t, k.pack(t), trust)
		if r.Verdict() != evidence.Unchecked || !strings.Contains(r.String(), c.says) || !strings.HasSuffix(r.String(), "\nSOUND, BUT NOT EVERYTHING COULD BE CHECKED\n") {
			t.Errorf("%s: there is no %q:\n%s", name, c.says, r.String())
		}
	}
	k := l.kit()
	k[parcel.Export] = l.evidence(0, size, filter.Filter{Kinds: []string{"export"}})
	if r := verified(t, k.pack(t), l.trust()); !strings.Contains(r.String(), "not checked: that no other configuration held at its time") {
		t.Errorf("an export of something else says\n%s", r.String())
	}
}

// TestWhatIsWrongInsideIsNamed: each member says something that the others contradict.
func TestWhatIsWrongInsideIsNamed(t *testing.T) {
	t.Parallel()
	l, forged := newLog(t, 1), newLog(t, 1)
	forged.records[3].Fields[0].Salt[0]++ // the same key, another history
	forged.records = forged.records[:3]
	for len(forged.records) < 20 {
		extra := map[string]string{"reason": "rewritten"}
		if len(forged.records) == 5 {
			extra = map[string]string{"kind": "config_change", "configuration": digest}
		}
		forged.add(extra)
	}
	forged.records = append(forged.records, l.records[20])
	stranger := newLog(t, 2)
	later := newLog(t, 1)
	later.records = later.records[:10]
	later.add(map[string]string{"kind": "config_change", "configuration": "bb22"})
	for len(later.records) < 20 {
		later.add(nil)
	}
	later.records = append(later.records, l.records[20])
	foreign := newLog(t, 1)
	foreign.origin = "elsewhere.example/organizations/" + foreign.org.String() + "/log"
	another, replaced, early := newLog(t, 1), newLog(t, 1), newLog(t, 1)
	another.records = another.records[:20]
	another.add(map[string]string{"kind": "export", "detail": "access", "after": `{"at":"2026-03-02T00:00:00Z","sha256":"` + digestOf(report) + `"}`})
	replaced.records = replaced.records[:5]
	replaced.add(map[string]string{"kind": "config_change", "configuration": "cc33"})
	early.records = early.records[:5]
	early.add(map[string]string{"kind": "config_change", "configuration": digest, "at": "2026-03-01T08:31:00.000000Z", "sealed_at": "2026-03-01T08:31:00.000000Z"})
	last := int64(20)
	handed := `{"at":"2026-03-01T08:30:00Z","sha256":"` + digestOf(report) + `"}`
	act := func(kind, detail string) *log {
		of := newLog(t, 1)
		of.records = of.records[:20]
		of.add(map[string]string{"kind": kind, "detail": detail, "after": handed})
		return of
	}
	other := bytes.Replace(report, []byte(`"people":[]`), []byte(`"people":[1]`), 1)
	for name, c := range map[string]struct {
		change func(kit)
		log    *log
		says   string
	}{
		"report replaced": {func(k kit) { k[parcel.AccessJSON], k[parcel.AccessCSV] = other, tableOf(other) }, l, "access.json: it is not the report that the log has on record"},
		"no report":       {func(k kit) { k[parcel.AccessJSON] = []byte("{}") }, l, "access.json: it is no report of access"},
		"table replaced":  {func(k kit) { k[parcel.AccessCSV] = []byte("nobody\n") }, l, "access.csv: it does not say what access.json says"},
		"another record":  {func(k kit) { k[parcel.AccessRecord] = l.evidence(4, 5, filter.Filter{}) }, l, "access-record.ndjson: the record is not one of a report"},
		"record of another kind": {func(k kit) {
			k[parcel.AccessRecord] = act("config_change", "access").evidence(last, last+1, filter.Filter{})
		}, l, "access-record.ndjson: the record is not one of a report"},
		"record of another export":   {func(k kit) { k[parcel.AccessRecord] = act("export", "log").evidence(last, last+1, filter.Filter{}) }, l, "access-record.ndjson: the record is not one of a report"},
		"more than one record":       {func(k kit) { k[parcel.AccessRecord] = l.evidence(19, 21, filter.Filter{}) }, l, "access-record.ndjson: line 1: question: the file is not of one record"},
		"record by a stranger":       {func(k kit) { k[parcel.AccessRecord] = stranger.evidence(last, last+1, filter.Filter{}) }, l, "access-record.ndjson: line 1: checkpoint: no key that is trusted"},
		"record of a forged history": {func(k kit) { k[parcel.AccessRecord] = forged.evidence(last, last+1, filter.Filter{}) }, l, "evidence.ndjson: line 23: anchor: what stands beside the file is of another history"},
		"configuration of another":   {func(k kit) { k[parcel.Configuration] = l.evidence(6, 7, filter.Filter{}) }, l, "configuration-record.ndjson: it is not the record that access.json names"},
		"forged configuration":       {func(k kit) { k[parcel.Configuration] = forged.evidence(5, 6, filter.Filter{}) }, l, "anchor: what stands beside the file is of another history"},
		"later configuration":        {func(kit) {}, later, "access.json: it does not rest on what held at its time: record 10 of the export, which is r10,"},
		"origin of another":          {func(k kit) { k[parcel.Origin] = []byte("gatehouse.example/organizations/x/log\n") }, l, "claimed-origin.txt: it names another log"},
		"keys of another":            {func(k kit) { k[parcel.Keys] = []byte(stranger.key.String() + "\n") }, l, "claimed-keys.txt: it does not have the key"},
		"no key":                     {func(k kit) { k[parcel.Keys] = []byte("key\n") }, l, "claimed-keys.txt: a line of it is no key"},
		"no checkpoint":              {func(k kit) { k[parcel.Checkpoint] = []byte("none\n") }, l, "claimed-checkpoint.txt: it is no checkpoint"},
		"forged checkpoint":          {func(k kit) { k[parcel.Checkpoint] = forged.checkpoint(21) }, l, "anchor: what stands beside the file is of another history"},
		"signed by a stranger":       {func(k kit) { k[parcel.Checkpoint] = stranger.checkpoint(21) }, l, "claimed-checkpoint.txt: none of the log's keys has signed it"},
		"manifest of another":        {func(k kit) { k[parcel.Manifest] = []byte("gatehouse evidence v1\n{}\n") }, l, "evidence-manifest.txt: it is not the manifest of evidence.ndjson"},
		"checkpoint of another log":  {func(k kit) { k[parcel.Checkpoint] = foreign.checkpoint(7) }, l, "claimed-checkpoint.txt: it is of another log than the export"},
		"report of another time":     {func(k kit) { k[parcel.AccessRecord] = another.evidence(last, last+1, filter.Filter{}) }, l, "access.json: it is not the report that the log has on record"},
		"configuration replaced":     {func(k kit) { k[parcel.Configuration] = replaced.evidence(5, 6, filter.Filter{}) }, l, "access.json: it rests on another configuration"},
		"configuration of later":     {func(k kit) { k[parcel.Configuration] = early.evidence(5, 6, filter.Filter{}) }, l, "access.json: it rests on a configuration that there was not yet"},
		"record dropped":             {func(k kit) { k[parcel.Export] = without(k[parcel.Export], 3) }, l, "evidence.ndjson: line 3, record 1: order: "},
	} {
		k := c.log.kit()
		c.change(k)
		r := verified(t, k.pack(t), l.trustOf(c.log))
		if r.Verdict() != evidence.Wronged || !strings.HasPrefix(r.String(), "WRONG: ") || !strings.Contains(r.String(), c.says) {
			t.Errorf("%s: there is no %q:\n%s", name, c.says, r.String())
		}
	}
}

// trustOf is the trust of whoever holds a checkpoint of a log.
func (l *log) trustOf(held *log) evidence.Trust {
	trust := l.trust()
	trust.Checkpoint = held.checkpoint(len(held.records))
	return trust
}

// without drops a line of a text.
func without(text []byte, line int) []byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	return bytes.Join(append(lines[:line-1:line-1], lines[line:]...), nil)
}

// TestEveryByteOfAPackageCounts: whatever is changed is reported, or is a file that
// proves nothing and said to be changed.
func TestEveryByteOfAPackageCounts(t *testing.T) {
	t.Parallel()
	l := newLog(t, 1)
	content := l.kit().pack(t)
	for at := 0; at < len(content); at += 61 {
		changed := bytes.Clone(content)
		changed[at] ^= 0x20
		if r := verified(t, changed, l.trust()); r.Verdict() != evidence.Wronged {
			t.Fatalf("byte %d of %d is changed, and nobody says so:\n%s", at, len(content), r.String())
		}
	}
	for _, at := range []int{0, 3, 40, len(content) / 2, len(content) - 1} {
		if r := verified(t, content[:at], l.trust()); r.Verdict() != evidence.Wronged {
			t.Errorf("%d of %d bytes are a package:\n%s", at, len(content), r.String())
		}
	}
}

// TestZIPIsSpelledInOneWay: what other programs would unpack otherwise is refused.
func TestZIPIsSpelledInOneWay(t *testing.T) {
	t.Parallel()
	l := newLog(t, 1)
	content := l.kit().pack(t)
	locals := offsets(content, "PK\x03\x04")
	second, third := locals[1], locals[2]
	central := offsets(content, "PK\x01\x02")[0]
	put := func(at int, value ...byte) []byte {
		b := bytes.Clone(content)
		copy(b[at:], value)
		return b
	}
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"renamed":           {put(second+30, 'A'), `audit-format.md: "Audit-format.md" stands where it belongs`},
		"path":              {put(second+30, '.', '.', '/'), `"../it-format.md" stands where it belongs`},
		"dropped":           {append(bytes.Clone(content[:second]), content[third:]...), `audit-format.md: "verify.mjs" stands where it belongs`},
		"last dropped":      {append(bytes.Clone(content[:locals[12]]), content[central:]...), "SHA256SUMS: it is missing"},
		"added at the end":  {append(append(bytes.Clone(content[:central]), content[:second]...), content[central:]...), "package: a file follows the last one"},
		"compressed":        {put(second+8, 8), "audit-format.md: it is compressed"},
		"encrypted":         {put(second+6, 1), "audit-format.md: what the ZIP says of it"},
		"huge":              {put(second+18, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f), "audit-format.md: it says that it has 2147483647 bytes"},
		"two sizes":         {put(second+22, 9), "audit-format.md: what the ZIP says of it"},
		"other checksum":    {put(second+14, content[second+14]^1), "audit-format.md: it is damaged"},
		"something between": {append(append(bytes.Clone(content[:second]), 0, 0, 0, 0), content[second:]...), "audit-format.md: something that is no file"},
		"something before":  {append([]byte("PK\x03\x05"), content...), "README.txt: the file does not begin as a package does"},
		"something behind":  {append(bytes.Clone(content), 0), "package: the ZIP's directory"},
		"symbolic link":     {put(central+40, 0xed, 0xa1), "package: the ZIP's directory"},
		"directory lies":    {put(central+46, 'X'), "package: the ZIP's directory"},
		"cut off":           {content[:second+100], "verify.mjs: the package ends within it"},
		"nothing":           {nil, "README.txt: the package ends where it belongs"},
	} {
		if r := verified(t, c.content, l.trust()); r.Verdict() != evidence.Wronged || !strings.Contains(r.String(), c.says) {
			t.Errorf("%s: there is no %q:\n%s", name, c.says, r.String())
		}
	}
}

func offsets(content []byte, what string) (all []int) {
	for at := 0; ; {
		next := bytes.Index(content[at:], []byte(what))
		if next < 0 {
			return all
		}
		all, at = append(all, at+next), at+next+4
	}
}

// TestSumsAreThoseOfTheFiles: a text that is changed with its checksum is found by the
// list, and one that is changed with the list by whoever knows the text.
func TestSumsAreThoseOfTheFiles(t *testing.T) {
	t.Parallel()
	l := newLog(t, 1)
	k := l.kit()
	honest := k.pack(t)
	k[parcel.Format] = []byte("tamrof\n")
	changed := k.pack(t)
	at := offsets(honest, "PK\x03\x04")[12]
	mixed := append(bytes.Clone(changed[:at]), honest[at:]...)
	for i, n := 0, offsets(mixed, "PK\x01\x02")[1]; i < 4; i++ { // the directory agrees
		mixed[n+16+i] = changed[n+16+i]
	}
	if r := verified(t, mixed, l.trust()); r.Wrong == nil || r.Wrong.Error() != "SHA256SUMS: it does not list audit-format.md as it is" {
		t.Errorf("%s", r.String())
	}
}

func TestWriterKeepsTheOrder(t *testing.T) {
	t.Parallel()
	w := parcel.NewWriter(&memory{})
	if err := w.Put(parcel.Format, nil); fault.KindOf(err) != fault.Invalid {
		t.Errorf("out of turn: %v", err)
	}
	if err := w.Close(); fault.KindOf(err) != fault.Invalid {
		t.Errorf("too early: %v", err)
	}
	if err := w.Put(parcel.Readme, make([]byte, parcel.MaxMember+1)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("too long: %v", err)
	}
	failed := errors.New("the disk is full")
	if err := w.Add(parcel.Readme, func(io.Writer) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("failed: %v", err)
	}
}

// FuzzVerify: whatever a package is, there is a verdict or none, and it is never proven
// but for the bytes that were written.
func FuzzVerify(f *testing.F) {
	l := newLog(f, 1)
	content, trust := l.kit().pack(f), l.trust()
	f.Add(uint32(0), []byte{})
	f.Add(uint32(8), binary.LittleEndian.AppendUint16(nil, 8))
	f.Add(uint32(len(content)-22), []byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, at uint32, over []byte) {
		changed := bytes.Clone(content)
		copy(changed[int(at)%len(changed):], over)
		r, err := parcel.Verify(bytes.NewReader(changed), trust, known)
		if err == nil && r.Verdict() == evidence.Proven && !bytes.Equal(changed, content) {
			t.Errorf("%d bytes at %d are changed, and it is proven", len(over), at)
		}
	})
}
