package seal

import (
	"testing"
)

// Unpacked returns what a row's own part holds, decrypted.
func Unpacked(t *testing.T, o *Opener, row Row) []byte {
	t.Helper()
	key, err := o.key.Log(row.Seq)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := key.AppendDecrypt(nil, ownLabel, appendLabel(nil, row), row.Own)
	if err != nil {
		t.Fatal(err)
	}
	return packed
}
