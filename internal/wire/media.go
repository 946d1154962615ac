package wire

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

const (
	mediaJSON   = "application/json"
	mediaStream = "text/event-stream"
)

// CheckContentType refuses a body that is not declared as JSON in UTF-8, with
// status 415.
func CheckContentType(h http.Header) *Error {
	values := h["Content-Type"]
	if len(values) == 1 && (values[0] == mediaJSON || isJSON(values[0])) {
		return nil
	}
	return &Error{
		Code: CodeInvalidRequest, Status: http.StatusUnsupportedMediaType,
		Message: "the body must be JSON in UTF-8; send it with the header Content-Type: application/json, once",
	}
}

func isJSON(value string) bool {
	media, params, err := mime.ParseMediaType(value)
	if err != nil || media != mediaJSON {
		return false
	}
	charset, declared := params["charset"]
	return !declared || strings.EqualFold(charset, "utf-8")
}

// CheckAccept refuses, with status 406, a client that cannot read the answer: a
// modern one has to accept both JSON and an event stream, a legacy one JSON.
// Without the header a legacy client accepts everything (RFC 9110 §12.5.1); the
// modern era requires it.
func CheckAccept(h http.Header, era Era) *Error {
	values := h["Accept"]
	if era == Legacy && len(values) == 0 {
		return nil
	}
	ok := accepts(values, mediaJSON)
	must := "Accept: application/json"
	if era == Modern {
		ok = ok && accepts(values, mediaStream)
		must += ", text/event-stream"
	}
	if ok {
		return nil
	}
	return &Error{
		Code: CodeInvalidRequest, Status: http.StatusNotAcceptable,
		Message: "the answer would be of a type that the request does not accept; send the header " + must,
	}
}

// accepts reports whether one of the ranges in the values of an Accept header
// covers media.
func accepts(values []string, media string) bool {
	kind, _, _ := strings.Cut(media, "/")
	for _, value := range values {
		for item := range strings.SplitSeq(value, ",") {
			name, params, _ := strings.Cut(item, ";")
			name = strings.TrimSpace(name)
			covered := strings.EqualFold(name, media) || name == "*/*" || strings.EqualFold(name, kind+"/*")
			if covered && !excluded(params) {
				return true
			}
		}
	}
	return false
}

// excluded reports whether the parameters of a range give it weight zero.
func excluded(params string) bool {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.EqualFold(name, "q") {
			weight, err := strconv.ParseFloat(value, 64)
			return err == nil && weight == 0
		}
	}
	return false
}
