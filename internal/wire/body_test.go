package wire_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"gatehouse/internal/wire"
)

var errBroken = errors.New("connection reset")

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errBroken }

func TestABodyIsReadUpToItsLimit(t *testing.T) {
	t.Parallel()
	const limit = 3000
	for _, size := range []int{0, 1, 511, 512, 513, limit - 1, limit} {
		want := strings.Repeat("x", size)
		for _, room := range []int{0, 1, 512, limit, 2 * limit} {
			for name, r := range map[string]io.Reader{
				"whole": strings.NewReader(want), "byte by byte": iotest.OneByteReader(strings.NewReader(want)),
				"end with data": iotest.DataErrReader(strings.NewReader(want)),
			} {
				got, err := wire.ReadBody(r, wire.Limits{MaxBytes: limit}, bytes.Repeat([]byte("old"), room)[:room])
				if err != nil || string(got) != want {
					t.Errorf("%d bytes %s into %d: %d bytes, %v", size, name, room, len(got), err)
				}
			}
		}
	}
}

func TestALargerBodyIsRefusedWithoutReadingIt(t *testing.T) {
	t.Parallel()
	for _, room := range []int{0, 512, 10_000} {
		r := strings.NewReader(strings.Repeat("x", 9000))
		_, err := wire.ReadBody(r, wire.Limits{MaxBytes: 3000}, make([]byte, 0, room))
		if err == nil || err.Status != http.StatusRequestEntityTooLarge || !strings.Contains(err.Message, "larger than 3000 bytes") {
			t.Errorf("into %d: %v", room, err)
		}
		if read := 9000 - r.Len(); read != 3001 {
			t.Errorf("into %d: %d bytes are read", room, read)
		}
	}
}

func TestABodyThatBreaksOffIsRefused(t *testing.T) {
	t.Parallel()
	_, err := wire.ReadBody(io.MultiReader(strings.NewReader(call), brokenBody{}), limits, nil)
	if err == nil || err.Status != http.StatusBadRequest || !errors.Is(err, errBroken) {
		t.Errorf("ReadBody = %v", err)
	}
}

func TestABufferWithRoomIsUsedAgain(t *testing.T) {
	t.Parallel()
	buf := make([]byte, 0, 1024)
	got, err := wire.ReadBody(strings.NewReader(call), limits, buf)
	if err != nil || &got[0] != &buf[:1][0] {
		t.Errorf("ReadBody takes another buffer: %v", err)
	}
}
