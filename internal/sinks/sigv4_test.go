package sinks

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSignatureOfTheReference signs the request of which Amazon publishes what comes
// out (Amazon S3 API Reference, "Example: PUT Object").
func TestSignatureOfTheReference(t *testing.T) {
	t.Parallel()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "https://examplebucket.s3.amazonaws.com/test$file.text", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Date", "Fri, 24 May 2013 00:00:00 GMT")
	req.Header.Set("X-Amz-Storage-Class", "REDUCED_REDUNDANCY")
	key := accessKey{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"}
	key.sign(req, sha256.Sum256([]byte("Welcome to Amazon S3.")), time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC))
	const want = "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
	if got := req.Header.Get("Authorization"); !strings.HasSuffix(got, want) {
		t.Errorf("authorization is %s", got)
	}
}

// TestSignatureOfAQuery signs the request of which Amazon publishes what comes out
// (Amazon S3 API Reference, "Example: GET Bucket (List Objects)").
func TestSignatureOfAQuery(t *testing.T) {
	t.Parallel()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	key := accessKey{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"}
	key.sign(req, sha256.Sum256(nil), time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC))
	const want = "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
	if got := req.Header.Get("Authorization"); !strings.HasSuffix(got, want) {
		t.Errorf("authorization is %s", got)
	}
}
