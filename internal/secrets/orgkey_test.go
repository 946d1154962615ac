package secrets_test

import (
	"bytes"
	"errors"
	"testing"

	"gatehouse/internal/secrets"
)

func TestSecretOpensOnlyUnderItsOwnLabel(t *testing.T) {
	t.Parallel()
	_, _, key := newKey(t, newBox(t, localKEK(t, 1)))
	ciphertext, err := key.Encrypt(secrets.Label{Kind: "ab", ID: "c"}, []byte("swordfish"))
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]secrets.Label{
		"another kind":                        {Kind: "xy", ID: "c"},
		"another row":                         {Kind: "ab", ID: "d"},
		"the same letters, divided elsewhere": {Kind: "a", ID: "bc"},
	} {
		if _, err := key.Decrypt(other, ciphertext); !errors.Is(err, secrets.ErrAltered) {
			t.Errorf("%s: error = %v, want ErrAltered", name, err)
		}
	}
}

func TestAlteredSecretIsRefused(t *testing.T) {
	t.Parallel()
	_, _, key := newKey(t, newBox(t, localKEK(t, 1)))
	ciphertext, err := key.Encrypt(label, []byte("swordfish"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range ciphertext {
		altered := bytes.Clone(ciphertext)
		altered[i] ^= 1
		if _, err := key.Decrypt(label, altered); !errors.Is(err, secrets.ErrAltered) {
			t.Errorf("byte %d altered: error = %v, want ErrAltered", i, err)
		}
	}
	for length := range len(ciphertext) {
		if _, err := key.Decrypt(label, ciphertext[:length]); !errors.Is(err, secrets.ErrAltered) {
			t.Errorf("cut to %d bytes: error = %v, want ErrAltered", length, err)
		}
	}
}

func TestSameSecretEncryptsDifferentlyEachTime(t *testing.T) {
	t.Parallel()
	_, _, key := newKey(t, newBox(t, localKEK(t, 1)))
	one, err1 := key.Encrypt(label, []byte("swordfish"))
	two, err2 := key.Encrypt(label, []byte("swordfish"))
	if err1 != nil || err2 != nil || bytes.Equal(one, two) || bytes.Contains(one, []byte("swordfish")) {
		t.Errorf("ciphertexts %x and %x, errors %v and %v", one, two, err1, err2)
	}
}

func TestLabelNeedsKindAndID(t *testing.T) {
	t.Parallel()
	_, _, key := newKey(t, newBox(t, localKEK(t, 1)))
	for _, incomplete := range []secrets.Label{{}, {Kind: "x"}, {ID: "x"}} {
		if _, err := key.Encrypt(incomplete, nil); err == nil {
			t.Errorf("encrypted under %+v", incomplete)
		}
		if _, err := key.Decrypt(incomplete, nil); err == nil {
			t.Errorf("decrypted under %+v", incomplete)
		}
	}
}
