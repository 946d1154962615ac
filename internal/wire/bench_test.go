package wire_test

import (
	"testing"

	"gatehouse/internal/wire"
)

// AllocsPerRun counts for the whole process, so this test does not run in
// parallel with others.
func TestDecodingACallAllocatesLittle(t *testing.T) {
	body := []byte(call)
	allocs := testing.AllocsPerRun(1000, func() {
		if _, err := wire.Decode(body, limits); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 6 { // five strings; the pool may lose its decoder
		t.Errorf("decoding a call allocates %v times", allocs)
	}
}

// Not in parallel either, for the same reason.
func TestUnknownNamesAllocateNothing(t *testing.T) {
	body := []byte(`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{` + members(60) + `}}}`)
	allocs := testing.AllocsPerRun(1000, func() {
		if _, err := wire.Decode(body, limits); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 3 {
		t.Errorf("decoding a message without strings of its own allocates %v times", allocs)
	}
}

func BenchmarkDecodeCall(b *testing.B) {
	body := []byte(call)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.Decode(body, limits); err != nil {
			b.Fatal(err)
		}
	}
}
