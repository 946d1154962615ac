package wire_test

import (
	"net/http"
	"testing"

	"gatehouse/internal/wire"
)

func TestOnlyJSONIsRead(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		h    http.Header
		ok   bool
	}{
		{"JSON", header("Content-Type: application/json"), true},
		{"capitals and a parameter", header("Content-Type: Application/JSON ; charset=\"UTF-8\""), true},
		{"none", header(), false},
		{"text", header("Content-Type: text/plain"), false},
		{"JSON-like", header("Content-Type: application/json-rpc"), false},
		{"form", header("Content-Type: application/x-www-form-urlencoded"), false},
		{"other charset", header("Content-Type: application/json; charset=utf-16"), false},
		{"malformed", header("Content-Type: application/json; charset"), false},
		{"twice", header("Content-Type: application/json", "Content-Type: application/json"), false},
	} {
		err := wire.CheckContentType(row.h)
		if (err == nil) != row.ok || err != nil && err.Status != http.StatusUnsupportedMediaType {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

func TestAClientMustBeAbleToReadTheAnswer(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name           string
		h              http.Header
		legacy, modern bool
	}{
		{"both", header("Accept: application/json, text/event-stream"), true, true},
		{"both, other order, weights and capitals", header("Accept: TEXT/event-stream;q=0.5,Application/Json; q=0.9"), true, true},
		{"both, on two lines", header("Accept: application/json", "Accept: text/event-stream"), true, true},
		{"anything", header("Accept: */*"), true, true},
		{"any of each kind", header("Accept: application/*, text/*"), true, true},
		{"JSON only", header("Accept: application/json"), true, false},
		{"stream only", header("Accept: text/event-stream"), false, false},
		{"pages", header("Accept: text/html"), false, false},
		{"JSON at weight zero", header("Accept: application/json;q=0.0, text/event-stream"), false, false},
		{"stream at weight zero", header("Accept: application/json, text/event-stream; q=0"), true, false},
		{"empty", header("Accept: "), false, false},
		{"none", header(), true, false},
	} {
		for era, ok := range map[wire.Era]bool{wire.Legacy: row.legacy, wire.Modern: row.modern} {
			err := wire.CheckAccept(row.h, era)
			if (err == nil) != ok || err != nil && err.Status != http.StatusNotAcceptable {
				t.Errorf("%s, %v: %v", row.name, era, err)
			}
		}
	}
}
