package secrets

import (
	"bytes"
	"strconv"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"

	"gatehouse/internal/tenants"
)

// TestDataKeysAndOrganizationsKeysMakeTheSameForm: what one library has encrypted
// under a key and a label, the other opens.
func TestDataKeysAndOrganizationsKeysMakeTheSameForm(t *testing.T) {
	t.Parallel()
	org, raw := tenants.NewID(), bytes.Repeat([]byte{5}, 32)
	one, err := newDataKey(org, raw)
	if err != nil {
		t.Fatal(err)
	}
	other, err := subtle.NewAESGCM(raw)
	if err != nil {
		t.Fatal(err)
	}
	for length := range 100 {
		label, plain := Label{"audit record", "row " + strconv.Itoa(length)}, bytes.Repeat([]byte{'x'}, length)
		a, err := one.Encrypt(label, plain)
		if err != nil || len(a) != length+Overhead {
			t.Fatalf("%d bytes became %d: %v", length, len(a), err)
		}
		if got, err := decrypt(org, other, label, a); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %v", length, err)
		}
		b, err := encrypt(org, other, label, plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := one.AppendDecrypt([]byte("before"), label.Kind, []byte(label.ID), b); err != nil || string(got) != "before"+string(plain) {
			t.Errorf("%d bytes: %q, %v", length, got, err)
		}
	}
	for _, incomplete := range []Label{{}, {Kind: "x"}, {ID: "x"}} {
		if _, err := one.Encrypt(incomplete, nil); err == nil {
			t.Errorf("encrypted under %+v", incomplete)
		}
		if _, err := one.Decrypt(incomplete, make([]byte, Overhead)); err == nil {
			t.Errorf("decrypted under %+v", incomplete)
		}
	}
}
