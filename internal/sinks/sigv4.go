package sinks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// accessKey signs requests as S3 and what speaks like it want it (Amazon S3 API
// Reference, "Authenticating Requests: Using the Authorization Header", version 4).
type accessKey struct{ id, secret, region string }

// sign signs a request, all of its headers, and the digest of its body.
func (k accessKey) sign(req *http.Request, body [sha256.Size]byte, now time.Time) {
	at := now.UTC().Format("20060102T150405Z")
	digest := hex.EncodeToString(body[:])
	req.Header.Set("X-Amz-Date", at)
	req.Header.Set("X-Amz-Content-Sha256", digest)
	names, headers := signedHeaders(req)
	canonical := strings.Join([]string{req.Method, escapedPath(req.URL.Path), canonicalQuery(req.URL.Query()), headers, names, digest}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	scope := at[:8] + "/" + k.region + "/s3/aws4_request"
	key := []byte("AWS4" + k.secret)
	for _, part := range []string{at[:8], k.region, "s3", "aws4_request"} {
		key = mac(key, part)
	}
	signature := mac(key, "AWS4-HMAC-SHA256\n"+at+"\n"+scope+"\n"+hex.EncodeToString(sum[:]))
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+k.id+"/"+scope+",SignedHeaders="+names+",Signature="+hex.EncodeToString(signature))
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// signedHeaders are the names of the headers that are signed, and the headers in
// their canonical form. What connections change on the way is not signed.
func signedHeaders(req *http.Request) (names, canonical string) {
	list := []string{"host"}
	for name := range req.Header {
		if name != "User-Agent" {
			list = append(list, strings.ToLower(name))
		}
	}
	slices.Sort(list)
	var b strings.Builder
	for _, name := range list {
		value := req.URL.Host
		if name != "host" {
			value = strings.TrimSpace(req.Header.Get(name))
		}
		b.WriteString(name + ":" + value + "\n")
	}
	return strings.Join(list, ";"), b.String()
}

// canonicalQuery are the parameters of a request in the order of their names, each at
// most once, as they are signed.
func canonicalQuery(q url.Values) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(q)) {
		pairs = append(pairs, escapedValue(name)+"="+escapedValue(q.Get(name)))
	}
	return strings.Join(pairs, "&")
}

func escapedValue(text string) string { return strings.ReplaceAll(escapedPath(text), "/", "%2F") }

// escapedPath escapes every byte of a path but letters, digits, - . _ ~ and slashes.
func escapedPath(path string) string {
	var b strings.Builder
	for i := range len(path) {
		switch c := path[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~/", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
	}
	return b.String()
}
