package upstream_test

import (
	"bytes"
	"testing"

	"gatehouse/internal/tools/upstream"
)

func FuzzWayBackIsReadAsItWasWritten(f *testing.F) {
	f.Add([]byte{})
	f.Add(append([]byte{1, 0}, make([]byte, 24)...))
	f.Add(append(append([]byte{1, 1}, make([]byte, 16)...), 10, '2', '0', '2', '5', '-', '1', '1', '-', '2', '5', 1, 's', 1, '7'))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := upstream.ParseWay(b)
		if err != nil {
			return
		}
		again, err := upstream.ParseWay(w.Append(nil))
		if err != nil || !bytes.Equal(again.Append(nil), w.Append(nil)) {
			t.Errorf("%x is read as %+v, and that as %+v, %v", b, w, again, err)
		}
	})
}
