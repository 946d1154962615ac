package console_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// LogHead implements console.LogStore.
func (m *memory) LogHead(_ context.Context, org tenants.ID) (seal.Head, error) {
	l := m.ledgers[org]
	return l.head, nil
}

func (m *memory) LogKeys(_ context.Context, org tenants.ID) ([]seal.LogKey, error) {
	l := m.ledgers[org]
	return l.keys, nil
}

func TestLogTellsHowFarItReachesAndWhatVerifiesIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first, second := sealtest.Signer(1), sealtest.Signer(2)
	l := r.ledgers[r.contoso.ID]
	l.head = seal.Head{
		Origin: proof.Origin("gatehouse.test", r.contoso.ID), Size: 9, First: 2, SealedAt: start, Key: second.String(), Checkpoint: []byte("a note\n"),
		Waiting: seal.Waiting{Records: 3, Since: start.Add(-4 * time.Second)},
	}
	l.keys = []seal.LogKey{{Key: first.String()}, {Seq: 7, Key: second.String(), Signature: []byte("s")}}
	for role, status := range map[tenants.Role]int{tenants.Viewer: http.StatusOK, tenants.Auditor: http.StatusOK} {
		want(t, r.as(t, r.person(r.contoso, role)).get(logPath), status)
	}
	var got console.LogHead
	b := r.as(t, r.person(r.contoso, tenants.Auditor))
	b.read(logPath, &got)
	digest := sha256.Sum256(second.Public())
	if got.Origin != l.head.Origin || got.Size != 9 || got.First != 2 || !got.SealedAt.Equal(start) || got.Checkpoint != "a note\n" || got.Waiting != 3 || got.LagSeconds < 4 ||
		len(got.Keys) != 2 || got.Keys[0].Named || !got.Keys[1].Named || got.Keys[1].From != 7 || got.Keys[1].Key != second.String() || got.Keys[1].Fingerprint != hex.EncodeToString(digest[:]) {
		t.Errorf("%+v", got)
	}
	l.head, l.keys = seal.Head{}, nil
	var none console.LogHead
	b.read(logPath, &none)
	if none.Origin != "" || none.Keys == nil || none.SealedAt != nil || none.WaitingSince != nil || none.LagSeconds != 0 {
		t.Errorf("%+v", none)
	}
}
