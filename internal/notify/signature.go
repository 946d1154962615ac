package notify

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// Secrets and signatures are as Standard Webhooks 1.0 has them: a prefix and base64
// of 24 to 64 random bytes; HMAC-SHA256 over id, time and body with dots between.
const (
	secretPrefix    = "whsec_"
	secretBytes     = 32
	minSecret       = 24
	maxSecret       = 64
	signatureScheme = "v1,"
)

// NewSecret returns a random secret to sign with.
func NewSecret() string {
	key := make([]byte, secretBytes)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the process instead
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// sign returns the value of the header webhook-signature.
func sign(secret, id string, at time.Time, body []byte) (string, error) {
	encoded, found := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !found || err != nil || len(key) < minSecret || len(key) > maxSecret {
		return "", final(fault.New(fault.Internal, "a webhook's secret is none of NewSecret"))
	}
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + ".")) // a hash takes everything
	_, _ = mac.Write(body)
	return signatureScheme + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
