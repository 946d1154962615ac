package sinks_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/sinks"
	"gatehouse/internal/sinks/sinkstest"
	"gatehouse/internal/tenants"
)

// stores are a container and a bucket, each with the sink that leads to it.
func stores(t *testing.T) map[string]struct {
	*sinkstest.Objects
	to sinks.For
} {
	t.Helper()
	azure, s3 := sinkstest.NewAzure(t), sinkstest.NewS3(t)
	return map[string]struct {
		*sinkstest.Objects
		to sinks.For
	}{
		"azure": {azure, one(tenants.Sink{Kind: tenants.StorageSink, URL: azure.URL + "/logs"}, "?"+sinkstest.Secret)},
		"s3":    {s3, one(tenants.Sink{Kind: tenants.StorageSink, URL: s3.URL + "/logs/", KeyID: sinkstest.KeyID, Region: "eu-central-1"}, "secret")},
	}
}

func TestObjectComesInParts(t *testing.T) {
	t.Parallel()
	s := sinks.Storage{Web: web(t, egress.AllowLoopback)}
	for name, store := range stores(t) {
		u, err := s.Begin(t.Context(), store.to, sinks.Upload{Name: "exports/a.csv", Media: "text/csv"})
		if err != nil {
			t.Fatal(name, err)
		}
		var tags []string
		for i, part := range []string{"one,", "two,", "three"} {
			for range 2 { // the second time because nobody knows of the first
				tag, err := s.Part(t.Context(), store.to, u, i+1, []byte(part))
				if err != nil {
					t.Fatal(name, err)
				}
				tags = append(tags[:i], tag)
			}
		}
		if len(store.Names()) != 0 {
			t.Errorf("%s: an object is there before its end", name)
		}
		for range 2 {
			if err := s.End(t.Context(), store.to, u, tags, 13); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := string(store.Object("/logs/exports/a.csv")); got != "one,two,three" {
			t.Errorf("%s: the object is %q", name, got)
		}
	}
}

func TestObjectMayBeEmpty(t *testing.T) {
	t.Parallel()
	s := sinks.Storage{Web: web(t, egress.AllowLoopback)}
	for name, store := range stores(t) {
		u, err := s.Begin(t.Context(), store.to, sinks.Upload{Name: "exports/a.csv", Media: "text/csv"})
		if err != nil {
			t.Fatal(name, err)
		}
		for range 2 {
			if err := s.End(t.Context(), store.to, u, nil, 0); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, open := store.Uploads(); len(store.Names()) != 1 || open != 0 {
			t.Errorf("%s: there are %v, and %d uploads", name, store.Names(), open)
		}
	}
}

func TestUploadThatIsLostIsSaidToBe(t *testing.T) {
	t.Parallel()
	s := sinks.Storage{Web: web(t, egress.AllowLoopback)}
	for name, store := range stores(t) {
		u, err := s.Begin(t.Context(), store.to, sinks.Upload{Name: "exports/a.csv"})
		if err != nil {
			t.Fatal(err)
		}
		tag, err := s.Part(t.Context(), store.to, u, 1, []byte("one"))
		if err != nil {
			t.Fatal(err)
		}
		if name == "s3" { // somebody has brought another content of the part since
			if _, err := s.Part(t.Context(), store.to, u, 1, []byte("two")); err != nil {
				t.Fatal(err)
			}
			if err := s.End(t.Context(), store.to, u, []string{tag}, 3); !errors.Is(err, sinks.ErrNoUpload) {
				t.Errorf("a part of other content: %v", err)
			}
		}
		store.Forget()
		if err := s.End(t.Context(), store.to, u, []string{tag}, 3); !errors.Is(err, sinks.ErrNoUpload) || !strings.Contains(fault.Public(err), "anew") {
			t.Errorf("%s: an upload that is gone: %v", name, err)
		}
		if _, err := s.Part(t.Context(), store.to, u, 2, []byte("two")); errors.Is(err, sinks.ErrNoUpload) != (name == "s3") {
			t.Errorf("%s: a part of an upload that is gone: %v", name, err)
		}
		if err := s.Abandon(t.Context(), store.to, u); err != nil {
			t.Errorf("%s: to abandon what is gone: %v", name, err)
		}
	}
}

func TestAbandonedUploadIsRemovedWhereThatCanBe(t *testing.T) {
	t.Parallel()
	s := sinks.Storage{Web: web(t, egress.AllowLoopback)}
	for name, store := range stores(t) {
		u, err := s.Begin(t.Context(), store.to, sinks.Upload{Name: "exports/a.csv"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Part(t.Context(), store.to, u, 1, []byte("one")); err != nil {
			t.Fatal(err)
		}
		before := store.Requests()
		if err := s.Abandon(t.Context(), store.to, u); err != nil {
			t.Fatal(err)
		}
		_, aborted, open := store.Uploads()
		if name == "s3" && (aborted != 1 || open != 0) || name == "azure" && store.Requests() != before {
			t.Errorf("%s: %d are aborted, %d are open, %d requests", name, aborted, open, store.Requests()-before)
		}
	}
}

func TestAnswersThatAreNoArrivalOfParts(t *testing.T) {
	t.Parallel()
	s := sinks.Storage{Web: web(t, egress.AllowLoopback)}
	azure, s3 := one(tenants.Sink{Kind: tenants.StorageSink}, "sig=x"), one(tenants.Sink{Kind: tenants.StorageSink, KeyID: "AKID", Region: "r"}, "x")
	text := func(status int, body string) func(http.ResponseWriter, request) {
		return func(w http.ResponseWriter, _ request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	u := sinks.Upload{Name: "a", ID: "u"}
	begin := func(to sinks.For) error { _, err := s.Begin(t.Context(), to, u); return err }
	part := func(to sinks.For) error { _, err := s.Part(t.Context(), to, u, 1, nil); return err }
	end := func(to sinks.For) error { return s.End(t.Context(), to, u, []string{"t"}, 1) }
	abandon := func(to sinks.For) error { return s.Abandon(t.Context(), to, u) }
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, request)
		do     func(sinks.For) error
		to     sinks.For
	}{
		"azure, part, 200":           {text(http.StatusOK, ""), part, azure},
		"azure, end, 200":            {text(http.StatusOK, ""), end, azure},
		"azure, end, any conflict":   {text(http.StatusConflict, ""), end, azure},
		"s3, begin, 204":             {text(http.StatusNoContent, "<InitiateMultipartUploadResult><UploadId>x</UploadId></InitiateMultipartUploadResult>"), begin, s3},
		"s3, begin, no id":           {text(http.StatusOK, "<InitiateMultipartUploadResult></InitiateMultipartUploadResult>"), begin, s3},
		"s3, begin, something else":  {text(http.StatusOK, "<html><UploadId>x</UploadId></html>"), begin, s3},
		"s3, part, no name":          {text(http.StatusOK, ""), part, s3},
		"s3, part, 403":              {text(http.StatusForbidden, ""), part, s3},
		"s3, end, error behind 200":  {text(http.StatusOK, "\n<Error><Code>InternalError</Code></Error>"), end, s3},
		"s3, end, nothing":           {text(http.StatusOK, ""), end, s3},
		"s3, end, 503":               {text(http.StatusServiceUnavailable, ""), end, s3},
		"s3, abandon, 500":           {text(http.StatusInternalServerError, ""), abandon, s3},
		"s3, end, another size":      {func(w http.ResponseWriter, r request) { headOr(w, r, "2") }, end, s3},
		"s3, end, may not look":      {func(w http.ResponseWriter, r request) { headOr(w, r, "") }, end, s3},
		"azure, end, any bad answer": {text(http.StatusBadRequest, ""), end, azure},
	} {
		server := serve(t, c.answer)
		c.to.Sink.URL = server.URL
		if c.do(c.to) == nil {
			t.Errorf("%s is taken for an arrival", name)
		}
	}
	server := serve(t, func(w http.ResponseWriter, r request) { headOr(w, r, "1") })
	s3.Sink.URL = server.URL
	if err := end(s3); err != nil {
		t.Errorf("an object that was made, and nobody heard of it: %v", err)
	}
}

// headOr knows of no upload, but maybe of an object of a size.
func headOr(w http.ResponseWriter, r request, size string) {
	switch {
	case r.method != http.MethodHead:
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<Error><Code>NoSuchUpload</Code></Error>"))
	case size == "":
		w.WriteHeader(http.StatusForbidden)
	default:
		w.Header().Set("Content-Length", size)
	}
}
