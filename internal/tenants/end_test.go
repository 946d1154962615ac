package tenants_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestEndsAreDatesThatCanBeWritten(t *testing.T) {
	t.Parallel()
	grantee := tenants.Grantee{Kind: tenants.PersonGrantee, ID: tenants.NewGUID()}
	for text, good := range map[string]bool{
		"9999-12-31T23:59:59Z": true, "2027-01-31T00:00:00+02:00": true, "0001-01-01T00:00:00Z": true,
		"9999-12-31T23:59:59-23:59": false, "0000-01-01T00:00:00+23:59": false,
	} {
		end, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if err := tenants.CheckEnd(end); (err == nil) != good || !good && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", text, err)
		}
		err = tenants.RoleGrant{Role: tenants.Admin, Grantee: grantee, EndsAt: end}.Validate()
		if (err == nil) != good || !good && !strings.HasPrefix(err.Error(), "endsAt: is not within the years") {
			t.Errorf("grant until %s: %v", text, err)
		}
	}
}
