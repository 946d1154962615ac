package wire_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"gatehouse/internal/wire"
)

const maxEvent = 1 << 10

// readEvents returns all events of a stream and what ends it.
func readEvents(r io.Reader, most int) (events []wire.Event, err error) {
	reader := wire.NewEventReader(r, most)
	for {
		event, err := reader.Next()
		if err != nil {
			return events, err
		}
		events = append(events, event)
	}
}

func message(data string) wire.Event { return wire.Event{Name: "message", Data: []byte(data)} }

func TestEventsAreReadAsTheStandardSays(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, stream string
		want         []wire.Event
		err          error
	}{
		{"nothing", "", nil, io.EOF},
		{"one", "data: {}\n\n", []wire.Event{message("{}")}, io.EOF},
		{"one with CR", "data: {}\r\r", []wire.Event{message("{}")}, io.EOF},
		{"one with both", "data: {}\r\n\r\n", []wire.Event{message("{}")}, io.EOF},
		{"lines that end with both", "data: a\r\ndata: b\r\nevent: e\r\n\r\n", []wire.Event{{Name: "e", Data: []byte("a\nb")}}, io.EOF},
		{"all ends in one", "data:a\rdata:b\ndata:c\r\n\r\ndata:d\n\r", []wire.Event{message("a\nb\nc"), message("d")}, io.EOF},
		{"byte order mark", "\uFEFFdata: a\n\n", []wire.Event{message("a")}, io.EOF},
		{"byte order mark in front of nothing", "\uFEFF\ndata: a\n\n", []wire.Event{message("a")}, io.EOF},
		{"second byte order mark", "\uFEFF\uFEFFdata: a\n\ndata: b\n\n", []wire.Event{message("b")}, io.EOF},
		{"byte order mark further on", "data: a\n\n\uFEFFdata: b\n\n", []wire.Event{message("a")}, io.EOF},
		{"comments", ": hello\ndata: a\n:\n: data: b\n\n:\n\n", []wire.Event{message("a")}, io.EOF},
		{"one space goes", "data:  a \n\n", []wire.Event{message(" a ")}, io.EOF},
		{"no space", "data:a\n\n", []wire.Event{message("a")}, io.EOF},
		{"colons in the value", "data:a:b: c\n\n", []wire.Event{message("a:b: c")}, io.EOF},
		{"empty data", "data:\n\n", []wire.Event{{Name: "message", Data: []byte{}}}, io.EOF},
		{"field without value", "data\n\n", []wire.Event{{Name: "message", Data: []byte{}}}, io.EOF},
		{"two empty lines of data", "data\ndata\n\n", []wire.Event{message("\n")}, io.EOF},
		{"no data", "event: a\nid: 1\n\n", nil, io.EOF},
		{"unknown fields", "DATA: a\n data: b\ndata : c\nfoo: d\n\n", nil, io.EOF},
		{"name", "event: a\ndata: x\n\ndata: y\n\n", []wire.Event{{Name: "a", Data: []byte("x")}, message("y")}, io.EOF},
		{"the last name counts", "event: a\nevent\ndata: x\n\n", []wire.Event{message("x")}, io.EOF},
		{"name of no event", "event: a\n\ndata: x\n\n", []wire.Event{message("x")}, io.EOF},
		{
			"IDs stay", "id: 1\ndata: x\n\ndata: y\n\nid\ndata: z\n\n",
			[]wire.Event{{ID: "1", Name: "message", Data: []byte("x")}, {ID: "1", Name: "message", Data: []byte("y")}, message("z")},
			io.EOF,
		},
		{"ID of no event", "id: 1\n\ndata: x\n\n", []wire.Event{{ID: "1", Name: "message", Data: []byte("x")}}, io.EOF},
		{"ID with NUL", "id: 1\nid: a\x00b\ndata: x\n\n", []wire.Event{{ID: "1", Name: "message", Data: []byte("x")}}, io.EOF},
		{"retry", "retry: 1500\ndata: x\n\n", []wire.Event{{Name: "message", Data: []byte("x"), Retry: 1500 * time.Millisecond}}, io.EOF},
		{"retry that is no number", "retry: 1\nretry: 2s\nretry:\nretry: -1\nretry: +1\nretry: 1.5\nretry:  2\ndata: x\n\n", []wire.Event{{Name: "message", Data: []byte("x"), Retry: time.Millisecond}}, io.EOF},
		{"retry beyond reason", "retry: 99999999999999999999999\ndata: x\n\n", []wire.Event{{Name: "message", Data: []byte("x"), Retry: 24 * time.Hour}}, io.EOF},
		{"retry beyond a day", "retry: 90000000\ndata: x\n\n", []wire.Event{{Name: "message", Data: []byte("x"), Retry: 24 * time.Hour}}, io.EOF},
		{"cut off behind a field", "data: a\n\ndata: b\n", []wire.Event{message("a")}, io.ErrUnexpectedEOF},
		{"cut off within a line", "data: a\n\ndat", []wire.Event{message("a")}, io.ErrUnexpectedEOF},
		{"ends with a comment", "data: a\n\n: bye\n", []wire.Event{message("a")}, io.EOF},
		{"not UTF-8", "data: \xff\n\n", []wire.Event{message("\xff")}, io.EOF},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for how, r := range map[string]io.Reader{
				"at once": strings.NewReader(row.stream), "byte by byte": iotest.OneByteReader(strings.NewReader(row.stream)),
				"with the end": iotest.DataErrReader(strings.NewReader(row.stream)),
			} {
				got, err := readEvents(r, maxEvent)
				if !errors.Is(err, row.err) || !reflect.DeepEqual(got, row.want) {
					t.Errorf("%s: got %q and %v\nwant %q and %v", how, any(got), err, any(row.want), row.err)
				}
			}
		})
	}
}

func TestIDAndRetryAreKnownWithoutAnEvent(t *testing.T) {
	t.Parallel()
	reader := wire.NewEventReader(strings.NewReader("id: 7\nretry: 20\n\n"), maxEvent)
	if _, err := reader.Next(); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if reader.ID() != "7" || reader.Retry() != 20*time.Millisecond {
		t.Errorf("ID %q, retry %v", reader.ID(), reader.Retry())
	}
}

// The LF behind the CR that completes an event may never come.
func TestEventIsThereWithItsEmptyLine(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\n\n", "\r\r", "\r\n\r"} {
		r, w := io.Pipe()
		reader := wire.NewEventReader(r, maxEvent)
		go func() { _, _ = io.WriteString(w, "data: a"+end) }()
		event, err := reader.Next()
		if err != nil || string(event.Data) != "a" {
			t.Errorf("%q: %q, %v", end, event.Data, err)
		}
		go func() {
			_, _ = io.WriteString(w, "\ndata: b\n\n")
			_ = w.Close()
		}()
		if event, err = reader.Next(); err != nil || string(event.Data) != "b" {
			t.Errorf("%q: then %q, %v", end, event.Data, err)
		}
	}
}

func TestDataOfAnEventBelongsToTheCaller(t *testing.T) {
	t.Parallel()
	reader := wire.NewEventReader(strings.NewReader("data: first\n\ndata: other\n\n"), maxEvent)
	first, err := reader.Next()
	if err != nil {
		t.Fatal(err)
	}
	_ = append(first.Data, "xxxxxxxxxxxxxxxxxxxx"...)
	second, err := reader.Next()
	if err != nil || string(first.Data) != "first" || string(second.Data) != "other" {
		t.Errorf("%q and %q, %v", first.Data, second.Data, err)
	}
}

func TestEventMayBeAsLargeAsTheLimitAndNotLarger(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, stream string
		ok           bool
	}{
		{"largest event", "data:" + strings.Repeat("x", maxEvent-6) + "\n\n", true},
		{"event", "data:" + strings.Repeat("x", maxEvent-5) + "\n\n", false},
		{"event without end", "data:" + strings.Repeat("x", 100*maxEvent), false},
		{"event of many lines", strings.Repeat("data:x\n", maxEvent/7+1) + "\n", false},
		{"event of many unknown fields", strings.Repeat("x\n", maxEvent/2+1) + "data:\n\n", false},
		{"event of empty data", strings.Repeat("data\n", maxEvent/5+1) + "\n", false},
		{"largest comment", ":" + strings.Repeat("x", maxEvent-1) + "\n\ndata:\n\n", true},
		{"comment", ":" + strings.Repeat("x", maxEvent) + "\n\ndata:\n\n", false},
		{"comment without end", ":" + strings.Repeat("x", 100*maxEvent), false},
		{"many comments", strings.Repeat(":xxx\n", maxEvent) + "data:\n\n", true},
		{"many events", strings.Repeat("data:xxx\n\n", maxEvent), true},
	} {
		for how, r := range map[string]io.Reader{
			"at once": strings.NewReader(row.stream), "byte by byte": iotest.OneByteReader(strings.NewReader(row.stream)),
		} {
			events, err := readEvents(r, maxEvent)
			if row.ok && (len(events) == 0 || !errors.Is(err, io.EOF)) || !row.ok && (len(events) > 0 || !errors.Is(err, wire.ErrEventTooLarge)) {
				t.Errorf("%s, %s: %d events and %v", row.name, how, len(events), err)
			}
		}
	}
}

func TestErrorOfAStreamSticks(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	reader := wire.NewEventReader(io.MultiReader(strings.NewReader("data: a\n\ndata: b\n"), iotest.ErrReader(broken)), maxEvent)
	if _, err := reader.Next(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if event, err := reader.Next(); !errors.Is(err, broken) || event.Data != nil {
			t.Errorf("%q, %v", event.Data, err)
		}
	}
	if _, err := readEvents(idle{}, maxEvent); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
}

// idle reads nothing and does not end.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// A reader that is slow by the square of a line takes minutes here.
func TestHostileStreamsTakeLinearTime(t *testing.T) {
	t.Parallel()
	const size = 4 << 20
	for name, stream := range map[string]string{
		"one line":           "data:" + strings.Repeat("x", size) + "\n\n",
		"one data line":      strings.Repeat("data:\n", size/6) + "\n",
		"empty lines":        strings.Repeat("\n", size),
		"short comments":     strings.Repeat(":\n", size/2),
		"long and short":     strings.Repeat("data:"+strings.Repeat("x", 5000)+"\n\nid\n\n", size/5000),
		"carriage return":    strings.Repeat("\r", size),
		"line feeds far off": strings.Repeat("data:\r", size/6) + "\n\n",
		"pairs":              strings.Repeat("\r\n", size/2),
	} {
		took := time.Hour
		for try := 0; try < 3 && took > 4*time.Second; try++ {
			start := time.Now()
			if _, err := readEvents(pieces{strings.NewReader(stream), 700}, 2*size); !errors.Is(err, io.EOF) {
				t.Errorf("%s: %v", name, err)
			}
			took = time.Since(start)
		}
		if took > 4*time.Second {
			t.Errorf("%s: %d bytes took %v", name, len(stream), took)
		}
	}
}

// pieces gives at most so many bytes at once.
type pieces struct {
	io.Reader
	most int
}

func (p pieces) Read(b []byte) (int, error) { return p.Reader.Read(b[:min(len(b), p.most)]) }

// A stream that has had a large event and waits does not keep its memory. Not in
// parallel: it measures.
func TestReaderKeepsLittleBetweenEvents(t *testing.T) {
	const size = 8 << 20
	reader := wire.NewEventReader(io.MultiReader(strings.NewReader("data:"+strings.Repeat("x", size)+"\n\n"), strings.NewReader("data:y\n\n")), 2*size)
	for range 2 {
		if _, err := reader.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if kept := reader.Buffered(); kept > 64<<10 {
		t.Errorf("%d bytes are kept", kept)
	}
}

func TestWhatIsAppendedIsReadAgain(t *testing.T) {
	t.Parallel()
	var stream []byte
	messages := []string{`{"jsonrpc":"2.0"}`, "{\n\"a\":\r\n1,\r\"b\"\n:2}", "", "\n", " x ", ": no comment"}
	for _, m := range messages {
		stream = wire.AppendComment(wire.AppendEvent(stream, []byte(m)))
	}
	got, err := readEvents(bytes.NewReader(stream), maxEvent)
	if !errors.Is(err, io.EOF) || len(got) != len(messages) {
		t.Fatalf("%d events, %v", len(got), err)
	}
	for i, m := range messages {
		want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(m)
		if string(got[i].Data) != want || got[i].Name != "message" {
			t.Errorf("%q comes back as %s %q", m, got[i].Name, got[i].Data)
		}
	}
}

// The reader against one that splits the whole text.
func FuzzEventReader(f *testing.F) {
	for _, seed := range []string{
		"data: {}\n\n", "data:a\r\ndata:b\r\n\r\n", "\uFEFFid: 1\r\nevent: a\rdata: b\ndata\n\n", ":c\n\nretry: 10\ndata:x\n\n", "data:x\r\n\r\ndata: y\r\r", "id:\x00\ndata\n\nda",
		"event:e\n\ndata:\n\n", "data:" + strings.Repeat("x", 100) + "\n\n", "\r\n\n\r", "retry:99999999999\ndata\n\n",
	} {
		f.Add([]byte(seed), uint8(3))
	}
	f.Fuzz(func(t *testing.T, stream []byte, piece uint8) {
		const most = 64
		want, wantErr := referenceEvents(stream, most)
		got, err := readEvents(pieces{bytes.NewReader(stream), int(piece) + 1}, most)
		if !errors.Is(err, wantErr) {
			t.Errorf("%q ends with %v, want %v", stream, err, wantErr)
		}
		if a, b := fmt.Sprintf("%q", any(got)), fmt.Sprintf("%q", any(want)); a != b {
			t.Errorf("%q\n got %s\nwant %s", stream, a, b)
		}
	})
}
