package search_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// TestRecordThatIsAnotherThanTheTreeHasIsAltered changes a leaf of the tree: the row opens,
// and is not what was sealed.
func TestRecordThatIsAnotherThanTheTreeHasIsAltered(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(10)
	r.exec("UPDATE audit_tiles SET hashes = set_byte(hashes, 3 * 32, get_byte(hashes, 3 * 32) # 1) WHERE level = 0 AND n = 0")
	page, err := r.Search(t.Context(), r.org, search.Query{Limit: 100})
	must(t, err)
	for _, record := range page.Records {
		want := search.None
		if record.Seq == 3 {
			want = search.Altered
		}
		if record.Trouble != want {
			t.Errorf("record %d is %q, want %q", record.Seq, record.Trouble, want)
		}
	}
}

// TestExportOfWhatHasGoneSinceIsRefused: bare lines would look as if somebody had taken
// records away.
func TestExportOfWhatHasGoneSinceIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(50)
	_, token := r.export(search.Wanted{Format: search.Evidence, Completeness: search.Proven})
	r.exec(`UPDATE audit_heads SET first = 10, gone_until = (SELECT sealed_at FROM audit_records WHERE seq = 9); DELETE FROM audit_records WHERE seq < 10`)
	if _, err := r.Open(t.Context(), r.auditor, token, search.All); fault.KindOf(err) != fault.NotFound || !strings.Contains(fault.Public(err), "ask for another export") {
		t.Errorf("%v", err)
	}
}

// TestNobodyIsSoughtByWhatWasErased: the log has the number of whoever was erased, and
// nobody may ask whose it was.
func TestNobodyIsSoughtByWhatWasErased(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(50)
	who := tenants.GUID{}
	for _, record := range r.all {
		if who = record.Actor.OID; !who.IsZero() {
			break
		}
	}
	sought := search.Query{Filter: filter.Filter{People: []tenants.GUID{who}}, Limit: 5}
	page, err := r.Search(t.Context(), r.org, sought)
	must(t, err)
	if len(page.Records) == 0 {
		t.Fatal("nothing is found of somebody who acted")
	}
	r.exec("UPDATE audit_people SET key = '' WHERE oid = '" + who.String() + "'")
	page, err = r.Search(t.Context(), r.org, sought)
	must(t, err)
	if len(page.Records) != 0 || page.Next != 0 {
		t.Errorf("found are %d", len(page.Records))
	}
}

// forgetful is a store that cannot say who people are.
type forgetful struct{ search.Store }

var errAway = errors.New("the database is away")

func (forgetful) LogPerson(context.Context, tenants.ID, int32) (seal.Person, error) {
	return seal.Person{}, errAway
}

func (forgetful) LogPeopleNumbered(context.Context, tenants.ID, ...int32) ([]seal.Person, error) {
	return nil, errAway
}

// TestDatabaseThatIsAwayMakesNoRecordUnreadable: evidence of such records would be wrong
// for ever.
func TestDatabaseThatIsAwayMakesNoRecordUnreadable(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(20)
	parts := r.Parts
	parts.Store = forgetful{r.db}
	reader := search.NewReader(parts)
	if page, err := reader.Search(t.Context(), r.org, search.Query{Limit: 100}); !errors.Is(err, errAway) {
		t.Errorf("a search answers %d records, %v", len(page.Records), err)
	}
	_, token := r.export(search.Wanted{Format: search.Evidence, Completeness: search.Proven})
	c, err := reader.Open(t.Context(), r.auditor, token, search.All)
	must(t, err)
	defer c.Close()
	var out strings.Builder
	if err := c.Write(t.Context(), &out); !errors.Is(err, errAway) {
		t.Errorf("an export ends with %v", err)
	}
}
