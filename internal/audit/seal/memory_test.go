package seal_test

import (
	"context"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// memory is a seal.Store of one organization, which is sealed at once.
type memory struct {
	wrapped []byte
	waiting []audit.Row
	sealed  seal.Sealed
}

func (m *memory) WaitingLogs(context.Context, tenants.ID, int) ([]seal.WaitingLog, error) {
	return nil, nil
}

func (m *memory) LogsUnderAnotherKey(context.Context, string, int) ([]tenants.ID, error) {
	return nil, nil
}

func (m *memory) WrappedKey(context.Context, tenants.ID) ([]byte, error) { return m.wrapped, nil }

func (m *memory) SealLog(ctx context.Context, _ authz.Caller, origin string, _ seal.Limits, fn func(context.Context, seal.Batch) (seal.Sealed, error)) error {
	b := seal.Batch{
		Head: seal.Head{Origin: origin}, Rows: m.waiting,
		People: func(context.Context, []seal.PersonID) ([]seal.Person, error) { return nil, nil },
		Known:  func(context.Context, []audit.ID) ([]audit.ID, error) { return nil, nil },
		Keys:   func(context.Context) ([]seal.LogKey, error) { return nil, nil },
	}
	out, err := fn(ctx, b)
	m.sealed, m.waiting = out, nil
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
