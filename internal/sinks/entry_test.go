package sinks_test

import (
	"testing"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/sinks"
)

func TestUnreadableRecordSaysThatItIsOne(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 13, 0, 0, 5000, time.FixedZone("east", 3600))
	const want = `{"at":"2026-03-01T12:00:00.000005Z","trouble":"unreadable","log_leaf":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","log_origin":"a/log","log_seq":7}`
	if got := sinks.Unreadable(7, proof.Hash{1}, at).JSON("a/log"); string(got) != want {
		t.Errorf("it is\n%s, want\n%s", got, want)
	}
}
