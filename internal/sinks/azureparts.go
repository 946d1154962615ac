package sinks

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
)

// partAzure puts a block. Its id ends with a digest of it: who brings an older content
// of the same part, because they do not know yet that somebody else is at it, does no
// harm. Ids of one blob have to be of one length.
func (s Storage) partAzure(ctx context.Context, to For, u Upload, n int, body []byte) (string, error) {
	digest := sha256.Sum256(body)
	id := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%06d-%s", n, hex.EncodeToString(digest[:8])))
	resp, err := s.send(ctx, to, demand{method: http.MethodPut, name: u.Name, query: url.Values{"comp": {"block"}, "blockid": {id}}, body: body})
	if err != nil {
		return "", err
	}
	if resp.Status != http.StatusCreated {
		return "", answered(host(to), resp, to.Now)
	}
	return id, nil
}

// blockList is what Put Block List takes.
type blockList struct {
	XMLName xml.Name `xml:"BlockList"`
	Latest  []string `xml:"Latest"`
}

// endAzure makes a blob of blocks.
func (s Storage) endAzure(ctx context.Context, to For, u Upload, tags []string) error {
	list, err := xml.Marshal(blockList{Latest: tags})
	if err != nil {
		return fmt.Errorf("list blocks: %w", err)
	}
	resp, err := s.send(ctx, to, demand{
		method: http.MethodPut, name: u.Name, query: url.Values{"comp": {"blocklist"}}, body: list,
		header: http.Header{"Content-Type": {"application/xml"}, "X-Ms-Blob-Content-Type": {u.Media}, "If-None-Match": {"*"}},
	})
	switch {
	case err != nil:
		return err
	case resp.Status == http.StatusCreated, exists(resp.Status, resp.Header, resp.Body):
		return nil
	case resp.Status == http.StatusBadRequest && (resp.Header.Get("x-ms-error-code") == "InvalidBlockList" || bytes.Contains(resp.Body, []byte("InvalidBlockList"))):
		return lostUpload(to) // Microsoft, "Blob Storage error codes"
	}
	return answered(host(to), resp, to.Now)
}
