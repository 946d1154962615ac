package setup_test

import (
	"os"
	"testing"
)

// certificatePEM is a certificate whose private key nobody has.
func certificatePEM(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/certificate.pem")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
