package sinks

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// beginS3 asks for an upload (Amazon S3 API Reference, "CreateMultipartUpload").
func (s Storage) beginS3(ctx context.Context, to For, u Upload) (Upload, error) {
	resp, err := s.send(ctx, to, demand{method: http.MethodPost, name: u.Name, query: url.Values{"uploads": {""}}, header: http.Header{"Content-Type": {u.Media}}})
	if err != nil {
		return u, err
	}
	if resp.Status != http.StatusOK {
		return u, answered(host(to), resp, to.Now)
	}
	var said struct {
		XMLName  xml.Name `xml:"InitiateMultipartUploadResult"`
		UploadID string   `xml:"UploadId"`
	}
	if err := xml.Unmarshal(resp.Body, &said); err != nil || said.UploadID == "" || len(said.UploadID) > longestUpload {
		return u, fault.Newf(fault.Upstream, "%s has begun an upload and not said which", host(to))
	}
	u.ID = said.UploadID
	return u, nil
}

// longestUpload is how long the name of an upload may be, and that of a part.
const longestUpload = 2000

func (s Storage) partS3(ctx context.Context, to For, u Upload, n int, body []byte) (string, error) {
	resp, err := s.send(ctx, to, demand{method: http.MethodPut, name: u.Name, query: url.Values{"partNumber": {strconv.Itoa(n)}, "uploadId": {u.ID}}, body: body})
	if err != nil {
		return "", err
	}
	tag := resp.Header.Get("ETag")
	switch {
	case resp.Status == http.StatusOK && tag != "" && len(tag) <= longestUpload:
		return tag, nil
	case resp.Status == http.StatusOK:
		return "", fault.Newf(fault.Upstream, "%s has taken a part and not said by which name", host(to))
	case codeOf(resp) == "NoSuchUpload":
		return "", lostUpload(to)
	}
	return "", answered(host(to), resp, to.Now)
}

// partList is what CompleteMultipartUpload takes.
type partList struct {
	XMLName xml.Name   `xml:"CompleteMultipartUpload"`
	Parts   []partItem `xml:"Part"`
}

type partItem struct {
	Number int    `xml:"PartNumber"`
	Tag    string `xml:"ETag"`
}

// endS3 makes an object of parts. The answer may say 200 and then that it failed
// (Amazon S3 API Reference, "CompleteMultipartUpload"); and that there is no such
// upload, because it was made already and nobody has heard the answer.
func (s Storage) endS3(ctx context.Context, to For, u Upload, tags []string, size int64) error {
	if len(tags) == 0 { // of which no upload can be made
		return s.emptyS3(ctx, to, u)
	}
	list := partList{}
	for i, tag := range tags {
		list.Parts = append(list.Parts, partItem{i + 1, tag})
	}
	body, err := xml.Marshal(list)
	if err != nil {
		return fmt.Errorf("list parts: %w", err)
	}
	resp, err := s.send(ctx, to, demand{
		method: http.MethodPost, name: u.Name, query: url.Values{"uploadId": {u.ID}}, body: body,
		header: http.Header{"Content-Type": {"application/xml"}, "If-None-Match": {"*"}},
	})
	if err != nil {
		return err
	}
	code := codeOf(resp)
	switch {
	case exists(resp.Status, resp.Header, resp.Body):
		return nil
	case resp.Status == http.StatusOK && bytes.Contains(resp.Body, []byte("<CompleteMultipartUploadResult")):
		return nil
	case code == "NoSuchUpload":
		if is, err := s.madeS3(ctx, to, u, size); is || err != nil {
			return err
		}
		return lostUpload(to)
	case code == "InvalidPart", code == "InvalidPartOrder":
		return lostUpload(to)
	case resp.Status == http.StatusOK:
		return fault.Newf(fault.Upstream, "%s answered with status 200, and that it failed: %.100s", host(to), code)
	}
	return answered(host(to), resp, to.Now)
}

// emptyS3 puts an object that has nothing in it.
func (s Storage) emptyS3(ctx context.Context, to For, u Upload) error {
	resp, err := s.send(ctx, to, demand{method: http.MethodPut, name: u.Name, header: http.Header{"Content-Type": {u.Media}, "If-None-Match": {"*"}}})
	if err != nil {
		return err
	}
	if resp.Status != http.StatusOK && !exists(resp.Status, resp.Header, resp.Body) {
		return answered(host(to), resp, to.Now)
	}
	return s.abandonS3(ctx, to, u)
}

// madeS3 reports whether there is an object of that name and size. A credential that
// may not look is told nothing: then there may be none.
func (s Storage) madeS3(ctx context.Context, to For, u Upload, size int64) (bool, error) {
	resp, err := s.send(ctx, to, demand{method: http.MethodHead, name: u.Name})
	if err != nil {
		return false, err
	}
	return resp.Status == http.StatusOK && resp.Header.Get("Content-Length") == strconv.FormatInt(size, 10), nil
}

func (s Storage) abandonS3(ctx context.Context, to For, u Upload) error {
	resp, err := s.send(ctx, to, demand{method: http.MethodDelete, name: u.Name, query: url.Values{"uploadId": {u.ID}}})
	if err != nil {
		return err
	}
	if resp.Status == http.StatusNoContent || codeOf(resp) == "NoSuchUpload" {
		return nil
	}
	return answered(host(to), resp, to.Now)
}

// codeOf is what an answer says in XML that has gone wrong; empty: nothing.
func codeOf(r *egress.Response) string {
	var said struct {
		XMLName xml.Name `xml:"Error"`
		Code    string   `xml:"Code"`
	}
	if err := xml.Unmarshal(r.Body, &said); err != nil {
		return ""
	}
	return said.Code
}
